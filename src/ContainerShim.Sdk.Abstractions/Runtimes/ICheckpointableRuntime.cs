namespace ContainerShim.Sdk.Runtimes;

/// <summary>An ability that an <see cref="IOciRuntime"/> may have besides: to freeze a container into files and to continue it from them.</summary>
public interface ICheckpointableRuntime
{
    /// <summary>Whether it has the ability after all: what wraps another runtime has it only if that has. By default it has.</summary>
    bool CanCheckpoint => true;

    /// <summary>Writes an image of a running or paused container (<c>runc checkpoint</c>).</summary>
    Task CheckpointAsync(RuntimeContainer container, RuntimeCheckpoint checkpoint, CancellationToken cancellationToken = default);

    /// <summary>Makes and runs a container from an image (<c>runc restore --detach</c>).</summary>
    /// <returns>The pid of the init process.</returns>
    Task<int> RestoreAsync(RuntimeContainer container, RuntimeRestore restore, CancellationToken cancellationToken = default);
}
