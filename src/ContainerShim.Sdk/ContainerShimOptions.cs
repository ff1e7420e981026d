using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;
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

    /// <summary>Directory for the runtime's state and what the engine itself keeps. It is made where it is missing, and belongs to one engine at a time. Default: <c>/run/containershim</c>.</summary>
    public string StateDirectory { get; set; } = "/run/containershim";

    /// <summary>How exits are learnt. Default: <see cref="ExitTracking.Reaper"/>, exact on every kernel without touching the host.</summary>
    public ExitTracking ExitTracking { get; set; } = ExitTracking.Reaper;

    /// <summary>
    /// Whether containers stay as they are when the engine, or their handle, is disposed of: running, with their cgroups, mounts, bundles
    /// and runtime state; <see cref="ShimContainer.RemoveAsync"/> removes one. A later engine takes them over by <see cref="ContainerShimEngine.AdoptAsync"/>, as after a crash; with
    /// <see cref="ExitTracking.Reaper"/> their streams and statuses wait for it, in the other modes a process that writes to a stream or
    /// FIFO after that is ended by SIGPIPE. Default: false, they are killed and deleted.
    /// </summary>
    public bool LeaveContainersRunning { get; set; }

    /// <summary>Creates containers. Default: null, runc.</summary>
    public IOciRuntime? Runtime { get; set; }

    /// <summary>
    /// Makes the runtime from what the engine has of this machine, when <see cref="Runtime"/> is null. Called once, when the engine is
    /// made. Default: null, runc.
    /// </summary>
    public Func<LinuxHost, IOciRuntime>? RuntimeFactory { get; set; }

    /// <summary>
    /// Whether the engine mounts the root file systems that requests describe. Default: true. A runtime that makes them itself or needs
    /// none sets it to false and reads <see cref="RuntimeContainer.Rootfs"/>.
    /// </summary>
    public bool MountsRootfs { get; set; } = true;

    /// <summary>The clock of the engine's time limits and timestamps, for tests. Default: null, the system's.</summary>
    public TimeProvider? TimeProvider { get; set; }

    /// <summary>Options for containers that are created without options of their own. Default: runc, with its state in <see cref="StateDirectory"/>.</summary>
    public RuntimeOptions RuntimeOptions { get; set; } = new();

    /// <summary>Learns of exits. Default: null, by pidfds.</summary>
    public IProcessMonitor? Monitor { get; set; }

    /// <summary>Finds cgroups. Default: null, those of Linux, v1 or v2.</summary>
    public ICgroupLoader? Cgroups { get; set; }

    /// <summary>Takes the events, too; they can be read from <see cref="ContainerShimEngine.Events"/> in any case. Default: null.</summary>
    public IEventPublisher? Publisher { get; set; }

    /// <summary>
    /// Wraps the task service that <see cref="ContainerShimEngine.Tasks"/> offers, for those who serve it or call it. Calls through
    /// <see cref="ShimContainer"/> do not pass it. Default: null, it is not wrapped.
    /// </summary>
    public Func<IShimTaskService, IShimTaskService>? TaskServiceDecorator { get; set; }

    /// <summary>How the event log deals with a receiver that is away.</summary>
    public EventLogOptions EventLog { get; } = new();

    /// <summary>
    /// Whether the engine offers the spans and metrics of <see cref="Diagnostics.ContainerShimTelemetry"/>. They cost next to nothing
    /// while nobody listens. Default: true.
    /// </summary>
    public bool Telemetry { get; set; } = true;

    /// <summary>
    /// Where the streams of processes may go, and what happens when nobody reads them. Default: to FIFOs alone; add <c>file</c>,
    /// <c>binary</c> and <c>binary-v2</c> to its schemes where all who make containers may write files and run programs as this process does.
    /// </summary>
    public StdioOptions Stdio { get; } = StdioOptions.ForHost();

    /// <summary>Where the engine logs. Default: nowhere.</summary>
    public ILoggerFactory LoggerFactory { get; set; } = NullLoggerFactory.Instance;
}
