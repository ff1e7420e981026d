using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Stdio;

namespace ContainerShim.Sdk;

/// <summary>What configuration can say of an engine: the common part of <see cref="ContainerShimOptions"/> and of the options of a host.</summary>
public abstract class ContainerShimSettings
{
    /// <summary>Creates the defaults.</summary>
    protected ContainerShimSettings()
    {
        EventLog = new EventLogOptions();
        Stdio = StdioOptions.ForHost();
        Runc = new RuncRuntimeOptions();
    }

    /// <summary>Takes over what others say. The objects of <see cref="EventLog"/>, <see cref="Stdio"/> and <see cref="Runc"/> are shared with them.</summary>
    protected ContainerShimSettings(ContainerShimSettings source)
    {
        ArgumentNullException.ThrowIfNull(source);
        Namespace = source.Namespace;
        StateDirectory = source.StateDirectory;
        ExitTracking = source.ExitTracking;
        LeaveContainersRunning = source.LeaveContainersRunning;
        MountsRootfs = source.MountsRootfs;
        Telemetry = source.Telemetry;
        EventLog = source.EventLog;
        Stdio = source.Stdio;
        Runc = source.Runc;
    }

    /// <summary>
    /// The namespace of the containers, in containerd's sense: ids are unique within it, and events carry it. Default: <c>default</c>.
    /// </summary>
    public string Namespace { get; set; } = "default";

    /// <summary>
    /// Absolute path of the directory for the runtime's state and what the engine itself keeps. It is made where it is missing, and belongs
    /// to one engine at a time. Default: <c>/run/containershim</c>.
    /// </summary>
    public string StateDirectory { get; set; } = "/run/containershim";

    /// <summary>How exits are learnt. Default: <see cref="ExitTracking.Reaper"/>, exact on every kernel without touching the host.</summary>
    public ExitTracking ExitTracking { get; set; } = ExitTracking.Reaper;

    /// <summary>
    /// Whether containers stay as they are when the engine, or their handle, is disposed of: running, with their cgroups, mounts, bundles
    /// and runtime state; <see cref="ShimContainer.RemoveAsync"/> removes one. A later engine takes them over by
    /// <see cref="ContainerShimEngine.AdoptAsync"/>, as after a crash; with <see cref="ExitTracking.Reaper"/> their streams and statuses wait
    /// for it, in the other modes a process that writes to a stream or FIFO after that is ended by SIGPIPE. Default: false, they are killed
    /// and deleted.
    /// </summary>
    public bool LeaveContainersRunning { get; set; }

    /// <summary>
    /// Whether the engine mounts the root file systems that requests describe. Default: true. A runtime that makes them itself or needs
    /// none sets it to false and reads <see cref="Runtimes.RuntimeContainer.Rootfs"/>.
    /// </summary>
    public bool MountsRootfs { get; set; } = true;

    /// <summary>
    /// Whether the engine offers the spans and metrics of <see cref="Diagnostics.ContainerShimTelemetry"/>. They cost next to nothing
    /// while nobody listens. Default: true.
    /// </summary>
    public bool Telemetry { get; set; } = true;

    /// <summary>How the event log deals with a receiver that is away.</summary>
    public EventLogOptions EventLog { get; }

    /// <summary>
    /// Where the streams of processes may go, and what happens when nobody reads them. Default: to FIFOs alone; add <c>file</c>,
    /// <c>binary</c> and <c>binary-v2</c> to its schemes where all who make containers may write files and run programs as this process does.
    /// </summary>
    public StdioOptions Stdio { get; }

    /// <summary>How the runtime's binary is called: its time limits, and what it inherits. Of no use to a runtime of another kind.</summary>
    public RuncRuntimeOptions Runc { get; }

    /// <summary>
    /// Finds what is wrong, all of it at once. <see cref="ContainerShimEngine.Create"/> does so before anything else, and a host before it starts.
    /// </summary>
    /// <returns>A sentence for each mistake, which begins with the option's name as configuration has it (<c>EventLog:Capacity</c>); none when all is well.</returns>
    public virtual IReadOnlyList<string> Validate() =>
    [
        .. OptionRules.Failures(
            (Identifiers.Allows(Namespace),
                $"Namespace '{Namespace}' is not valid: letters and digits, with single '.', '_' or '-' between them, at most {Identifiers.MaximumLength} characters."),
            (Path.IsPathRooted(StateDirectory), $"StateDirectory '{StateDirectory}' is not an absolute path."),
            (Enum.IsDefined(ExitTracking), $"ExitTracking {(int)ExitTracking} is none.")),
        .. EventLog.Mistakes(),
        .. Stdio.Mistakes(),
        .. Runc.Mistakes(),
    ];
}
