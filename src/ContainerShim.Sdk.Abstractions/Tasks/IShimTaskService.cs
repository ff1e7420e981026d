namespace ContainerShim.Sdk.Tasks;

/// <summary>The seventeen operations of containerd's task service: what a shim does. Safe for use from several threads.</summary>
/// <remarks>
/// <para>Failures are <see cref="ShimException"/>s. Every operation but <see cref="ConnectAsync"/> and <see cref="ShutdownAsync"/>
/// throws NotFound for a container it does not know, and InvalidArgument for ids that are not valid.</para>
/// <para><see cref="KillAsync"/>, <see cref="StateAsync"/>, <see cref="WaitAsync"/>, <see cref="ConnectAsync"/>,
/// <see cref="PidsAsync"/> and <see cref="StatsAsync"/> never wait for another operation, nor for another container.</para>
/// <para>A token ends the wait of its caller. An operation that has passed its point of no return goes on to its end, so that no
/// container is left half made.</para>
/// </remarks>
public interface IShimTaskService
{
    /// <summary>Makes a container from a bundle; its init process exists afterwards and waits. Point of no return: the call of the runtime.</summary>
    /// <exception cref="ShimException">AlreadyExists: the id is in use. NotFound: no such bundle. Unknown: the runtime's error.</exception>
    Task<CreateTaskResult> CreateAsync(CreateTaskRequest request, CancellationToken cancellationToken = default);

    /// <summary>Starts the init process or an added exec. Succeeds also when the process has ended already.</summary>
    Task<StartResult> StartAsync(StartRequest request, CancellationToken cancellationToken = default);

    /// <summary>Removes a stopped container or exec, after what it still had to say has been passed on within the drain time.</summary>
    Task<DeleteResult> DeleteAsync(DeleteRequest request, CancellationToken cancellationToken = default);

    /// <summary>Adds a process to a container. It runs once it is started.</summary>
    /// <exception cref="ShimException">AlreadyExists: the exec id is in use.</exception>
    Task ExecAsync(ExecRequest request, CancellationToken cancellationToken = default);

    /// <summary>Sets the size of a terminal. Does nothing for a process without one.</summary>
    Task ResizePtyAsync(ResizePtyRequest request, CancellationToken cancellationToken = default);

    /// <summary>Tells the state of a process, from memory.</summary>
    Task<StateResult> StateAsync(StateRequest request, CancellationToken cancellationToken = default);

    /// <summary>Lists the processes of a container.</summary>
    Task<PidsResult> PidsAsync(PidsRequest request, CancellationToken cancellationToken = default);

    /// <summary>Freezes a running container.</summary>
    Task PauseAsync(PauseRequest request, CancellationToken cancellationToken = default);

    /// <summary>Undoes <see cref="PauseAsync"/>.</summary>
    Task ResumeAsync(ResumeRequest request, CancellationToken cancellationToken = default);

    /// <summary>Writes an image of a running or paused container.</summary>
    /// <exception cref="ShimException">Unimplemented: the runtime cannot.</exception>
    Task CheckpointAsync(CheckpointRequest request, CancellationToken cancellationToken = default);

    /// <summary>Sends a signal to a process, or to all of a container.</summary>
    /// <exception cref="ShimException">NotFound: the process has ended.</exception>
    Task KillAsync(KillRequest request, CancellationToken cancellationToken = default);

    /// <summary>Ends the standard input of a process, once other writers have closed it too.</summary>
    Task CloseIOAsync(CloseIORequest request, CancellationToken cancellationToken = default);

    /// <summary>Changes the resource limits of a container.</summary>
    Task UpdateAsync(UpdateRequest request, CancellationToken cancellationToken = default);

    /// <summary>Waits for the end of a process. Answers at once for one that has ended.</summary>
    Task<WaitResult> WaitAsync(WaitRequest request, CancellationToken cancellationToken = default);

    /// <summary>Reads the resource usage of a container.</summary>
    /// <exception cref="ShimException">NotFound: it has no cgroup (any more).</exception>
    Task<StatsResult> StatsAsync(StatsRequest request, CancellationToken cancellationToken = default);

    /// <summary>Tells the pids of the shim and of a container. Never fails.</summary>
    Task<ConnectResult> ConnectAsync(ConnectRequest request, CancellationToken cancellationToken = default);

    /// <summary>Ends the shim if it has no container left; else does nothing.</summary>
    Task ShutdownAsync(ShutdownRequest request, CancellationToken cancellationToken = default);
}
