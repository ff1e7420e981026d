namespace ContainerShim.Sdk.Bundles;

/// <summary>A kind of Linux namespace; see namespaces(7).</summary>
public enum NamespaceKind
{
    /// <summary>Process ids.</summary>
    Pid,

    /// <summary>Network devices, addresses and ports.</summary>
    Network,

    /// <summary>Mounts.</summary>
    Mount,

    /// <summary>System V IPC and POSIX message queues.</summary>
    Ipc,

    /// <summary>Host name.</summary>
    Uts,

    /// <summary>User and group ids.</summary>
    User,

    /// <summary>The root of the cgroup hierarchy.</summary>
    Cgroup,
}
