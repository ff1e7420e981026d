namespace ContainerShim.Sdk.Runtimes;

/// <summary>An ability that an <see cref="IOciRuntime"/> may have besides: to freeze a container into files and to continue it from them.</summary>
public interface ICheckpointableRuntime
{
    /// <summary>Whether it has the ability after all: what wraps another runtime has it only if that has. By default it has.</summary>
    bool CanCheckpoint => true;

    /// <summary>
    /// Writes an image of a running or paused container (<c>runc checkpoint</c>), into a directory that is made where it is missing. Without
    /// <see cref="RuntimeCheckpoint.Exit"/>, and after a failure, the container is what it was before: running or paused.
    /// </summary>
    /// <exception cref="ShimException">NotFound: there is no such container. FailedPrecondition: it has not been started, or has ended.</exception>
    Task CheckpointAsync(RuntimeContainer container, RuntimeCheckpoint checkpoint, CancellationToken cancellationToken = default);

    /// <summary>
    /// Makes and runs a container from an image (<c>runc restore --detach</c>): it goes on where it was, and is like any other from then on. An
    /// image may be restored several times.
    /// </summary>
    /// <returns>The pid of the init process.</returns>
    /// <exception cref="ShimException">
    /// InvalidArgument: there is no image in the directory; no container is made then. AlreadyExists: there is a container of this id, which
    /// stays as it is.
    /// </exception>
    Task<int> RestoreAsync(RuntimeContainer container, RuntimeRestore restore, CancellationToken cancellationToken = default);
}
