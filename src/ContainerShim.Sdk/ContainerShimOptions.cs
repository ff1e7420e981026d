using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk;

/// <summary>How an engine inside a host process works. Read once, when the engine is made.</summary>
public sealed class ContainerShimOptions
{
    /// <summary>
    /// The namespace of the containers, in containerd's sense: ids are unique within it, and events carry it. Default: <c>default</c>.
    /// </summary>
    public string Namespace { get; set; } = "default";

    /// <summary>Directory for the runtime's state and what the engine itself keeps. Default: <c>/run/containershim</c>.</summary>
    public string StateDirectory { get; set; } = "/run/containershim";

    /// <summary>
    /// Whether this process becomes a child subreaper (<c>PR_SET_CHILD_SUBREAPER</c>), so that container processes become its children and
    /// their status is exact on every kernel. It then inherits the orphans of all its children, which it collects. Default: false, the
    /// host is left as it is, and exact status needs Linux 6.15.
    /// </summary>
    public bool BecomeSubreaper { get; set; }

    /// <summary>
    /// Whether containers stay as they are when the engine is disposed of: running, with their cgroups, mounts, bundles and runtime state.
    /// Nobody learns of their exits then until an engine takes them over. Their stdio must be paths, since streams end with the engine: a
    /// process that writes to one after that is ended by SIGPIPE. Default: false, they are killed and deleted.
    /// </summary>
    public bool LeaveContainersRunning { get; set; }

    /// <summary>Creates containers. Default: null, runc.</summary>
    public IOciRuntime? Runtime { get; set; }

    /// <summary>Options for containers that are created without options of their own. Default: runc, with its state in <see cref="StateDirectory"/>.</summary>
    public RuntimeOptions RuntimeOptions { get; set; } = new();

    /// <summary>Learns of exits. Default: null, by pidfds.</summary>
    public IProcessMonitor? Monitor { get; set; }

    /// <summary>Finds cgroups. Default: null, those of Linux, v1 or v2.</summary>
    public ICgroupLoader? Cgroups { get; set; }

    /// <summary>Takes the events, too; they can be read from <see cref="ContainerShimEngine.Events"/> in any case. Default: null.</summary>
    public IEventPublisher? Publisher { get; set; }

    /// <summary>How the event log deals with a receiver that is away.</summary>
    public EventLogOptions EventLog { get; } = new();

    /// <summary>
    /// Where the streams of processes may go, and what happens when nobody reads them. Default: to FIFOs alone; add <c>file</c>,
    /// <c>binary</c> and <c>binary-v2</c> to its schemes where all who make containers may write files and run programs as this process does.
    /// </summary>
    public StdioOptions Stdio { get; } = StdioOptions.ForHost();

    /// <summary>Where the engine logs. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;
}
