namespace ContainerShim.Sdk;

/// <summary>How an engine inside a host process learns the exit status of containers' processes. Each is exact where it works, or refuses to.</summary>
public enum ExitTracking
{
    /// <summary>
    /// A small helper process (<c>containershim-reaper</c>, 9 KB, no files installed) is the parent of the runtime's and the containers'
    /// processes. Exact for init processes and execs on Linux 5.4 and later, also for those that end while no host runs: their statuses and
    /// their output wait for <see cref="ContainerShimEngine.AdoptAsync"/>.
    /// </summary>
    /// <remarks>
    /// Changes nothing in the host: it has no children, no signal handlers and no attributes of ours, also as PID 1. Costs one process of some 100 KB
    /// beside the host, and a message over a socket for each process. The helper ends by itself when no container is left and
    /// the engine is gone. Where it is to outlive a service, the service manager must not end it: <c>KillMode=process</c> with systemd.
    /// It starts the runtime in the mount namespace of the host that started it.
    /// </remarks>
    Reaper,

    /// <summary>
    /// The host becomes a child subreaper (<c>PR_SET_CHILD_SUBREAPER</c>), and containers' processes become its children. Exact for init
    /// processes and execs on Linux 5.4 and later, as long as the host lives: what ends while no host runs has no status.
    /// </summary>
    /// <remarks>
    /// Changes the host for good: it inherits the orphans of all its children. The engine collects those of containers and of the runtime, which are in
    /// sessions of their own. Children in the session of the host are the host's: the engine never collects them, however late the host
    /// does; and orphans there, which processes of the host have left behind, stay zombies until the host collects them or ends. A
    /// child of the host in another session (<c>setsid</c>) is taken for an orphan 500 ms after its end. Code in the host that
    /// waits for any child (<c>waitpid(-1)</c>, or the .NET runtime itself as PID 1) takes statuses away. Costs no process.
    /// </remarks>
    Subreaper,

    /// <summary>
    /// The kernel is asked for the status of processes that are not the host's children (<c>PIDFD_GET_INFO</c>). Exact for init processes on Linux 6.15
    /// and later, and for execs without a terminal, for each of which the runtime's process stays beside it and hands on
    /// its status. Refused are earlier kernels, and execs with a terminal: they could end before anybody has looked.
    /// </summary>
    /// <remarks>
    /// Changes nothing in the host, and needs no helper, but the runtime's processes are the host's children. Output of execs takes
    /// the way through the runtime's process. What ends while no host runs has no status.
    /// </remarks>
    KernelInfo,
}
