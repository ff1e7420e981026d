namespace ContainerShim.Sdk.Processes;

/// <summary>What an <see cref="IProcessMonitor"/> can tell.</summary>
[Flags]
public enum ProcessMonitorAbilities
{
    /// <summary>Nothing beyond that a process has ended.</summary>
    None = 0,

    /// <summary>Exact status of children of this process.</summary>
    Children = 1,

    /// <summary>
    /// Exact status of orphans of containers: this process is a child subreaper (<c>PR_SET_CHILD_SUBREAPER</c>), so that container
    /// processes become its children.
    /// </summary>
    Descendants = 2,

    /// <summary>Exact status of any process, child or not (<c>PIDFD_GET_INFO</c> with exit information, Linux 6.15).</summary>
    AnyProcess = 4,
}
