using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Hosting;

/// <summary>How an engine in a host works: what can be said in configuration. Parts that are code come from <see cref="ContainerShimBuilder"/>.</summary>
public sealed class ContainerShimHostOptions
{
    /// <summary>
    /// The namespace of the containers, in containerd's sense: ids are unique within it, and events carry it. Default: <c>default</c>.
    /// </summary>
    public string Namespace { get; set; } = "default";

    /// <summary>Absolute path of the directory for the runtime's state and what the engine keeps. Default: <c>/run/containershim</c>.</summary>
    public string StateDirectory { get; set; } = "/run/containershim";

    /// <summary>How exits are learnt. Default: <see cref="ExitTracking.Reaper"/>, exact on every kernel without touching the host.</summary>
    public ExitTracking ExitTracking { get; set; } = ExitTracking.Reaper;

    /// <summary>The OCI runtime. Default: runc.</summary>
    public ContainerShimRuntimeOptions Runtime { get; set; } = new();

    /// <summary>How the event log deals with a receiver that is away.</summary>
    public EventLogOptions EventLog { get; set; } = new();

    /// <summary>Whether the engine offers spans and metrics, see docs/telemetry.md. Default: true.</summary>
    public bool Telemetry { get; set; } = true;

    /// <summary>Whether containers go on running when the host stops. Default: false, they are killed and deleted.</summary>
    public bool LeaveContainersRunning { get; set; }

    /// <summary>
    /// Whether the start of the host takes over the containers that an earlier host has left, by <see cref="ContainerShimEngine.AdoptAsync"/>, before
    /// the services that were added later start. Default: true. Without it their ids cannot be used again until somebody calls that.
    /// </summary>
    public bool AdoptAtStart { get; set; } = true;

    /// <summary>From how many undelivered events on the health check says Degraded. Default: 1,000.</summary>
    public int DegradedFromPendingEvents { get; set; } = 1_000;
}
