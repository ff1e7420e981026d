using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk;

/// <summary>What an engine works with on this machine, for a health check or a person.</summary>
/// <param name="Runtime">The OCI runtime and its version.</param>
/// <param name="Cgroups">How cgroups are mounted.</param>
/// <param name="MonitorAbilities">Whose exit status can be told.</param>
/// <param name="Containers">How many containers have not been deleted.</param>
/// <param name="PendingEvents">How many events no receiver has acknowledged.</param>
public sealed record EngineDescription(
    RuntimeDescription Runtime, CgroupMode Cgroups, ProcessMonitorAbilities MonitorAbilities, int Containers, int PendingEvents);
