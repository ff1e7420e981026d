using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk;

/// <summary>What an engine works with on this machine, for a health check or a person.</summary>
public sealed record EngineDescription
{
    /// <summary>The OCI runtime and its version.</summary>
    public required RuntimeDescription Runtime { get; init; }

    /// <summary>How cgroups are mounted.</summary>
    public required CgroupMode Cgroups { get; init; }

    /// <summary>Whose exit status can be told.</summary>
    public required ProcessMonitorAbilities MonitorAbilities { get; init; }

    /// <summary>How many containers have not been deleted.</summary>
    public required int Containers { get; init; }

    /// <summary>How many events no receiver has acknowledged.</summary>
    public required int PendingEvents { get; init; }
}
