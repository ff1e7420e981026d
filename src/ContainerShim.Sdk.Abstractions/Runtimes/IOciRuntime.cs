namespace ContainerShim.Sdk.Runtimes;

/// <summary>Creates, starts and ends containers: runc's command line, or anything that does the same. Safe for use from several threads.</summary>
/// <remarks>
/// The engine makes lifecycle calls for one container one after the other, except <see cref="KillAsync"/> and
/// <see cref="PidsAsync"/>, which may come at any time. A call ends when its token fires, at the latest shortly after; whatever the
/// runtime had begun by then may be done or not. Failures are <see cref="ShimException"/>s; their text reaches containerd's clients.
/// A runtime that cannot pause, or change limits, leaves those calls as they are: they are refused with Unimplemented. One that wraps
/// another derives from <see cref="DelegatingRuntime"/>.
/// </remarks>
public interface IOciRuntime
{
    /// <summary>Makes a container up to the point where its init process waits to be started (<c>runc create</c>).</summary>
    /// <returns>The pid of the init process.</returns>
    /// <exception cref="ShimException">
    /// AlreadyExists: there is a container of this id, which stays as it is. After every other failure the engine deletes by force what
    /// the call may have made.
    /// </exception>
    Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken = default);

    /// <summary>Lets the init process run (<c>runc start</c>).</summary>
    Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken = default);

    /// <summary>Runs a further process in the container and does not wait for its end (<c>runc exec --detach</c>).</summary>
    /// <returns>The pid of the process, which may have ended already.</returns>
    Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken = default);

    /// <summary>Signals the init process, or every process of the container (<c>runc kill</c>).</summary>
    /// <remarks>A SIGKILL (9) that fails, or takes longer than 5 seconds, is sent by the engine without the runtime; after NotFound, if the process lives on.</remarks>
    /// <exception cref="ShimException">NotFound: the process has ended, or the container is gone.</exception>
    Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken = default);

    /// <summary>Removes a container that has stopped, or with <paramref name="force"/> any (<c>runc delete</c>).</summary>
    /// <exception cref="ShimException">NotFound: there is no such container (any more); with <paramref name="force"/> that may count as success.</exception>
    Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken = default);

    /// <summary>Freezes every process (<c>runc pause</c>).</summary>
    Task PauseAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Task.FromException(ShimException.Unimplemented("pause"));

    /// <summary>Undoes <see cref="PauseAsync"/> (<c>runc resume</c>).</summary>
    Task ResumeAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Task.FromException(ShimException.Unimplemented("resume"));

    /// <summary>Changes resource limits (<c>runc update</c>).</summary>
    /// <param name="container">The container.</param>
    /// <param name="resources">The OCI <c>linux.resources</c> object as UTF-8 JSON.</param>
    /// <param name="cancellationToken">Ends the call.</param>
    Task UpdateAsync(RuntimeContainer container, ReadOnlyMemory<byte> resources, CancellationToken cancellationToken = default) =>
        Task.FromException(ShimException.Unimplemented("update"));

    /// <summary>Lists the processes of the container, in the pid namespace of the caller (<c>runc ps</c>).</summary>
    Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken = default);

    /// <summary>Asks the runtime for its own view (<c>runc state</c>).</summary>
    /// <remarks>
    /// The engine answers State from memory. It asks the runtime where it has not seen how a call ended: after a start that was cut
    /// short, whether the container runs, and for each container that it takes over from an earlier engine or shim, in which state it is.
    /// </remarks>
    /// <exception cref="ShimException">NotFound: there is no such container.</exception>
    Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken = default);

    /// <summary>Asks the runtime about itself (<c>runc --version</c>, <c>runc features</c>). By default it says nothing.</summary>
    Task<RuntimeDescription> DescribeAsync(RuntimeOptions options, CancellationToken cancellationToken = default) =>
        Task.FromResult(new RuntimeDescription("", ReadOnlyMemory<byte>.Empty));
}
