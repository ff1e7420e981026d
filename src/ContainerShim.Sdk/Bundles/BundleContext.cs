using ContainerShim.Sdk.Cgroups;

namespace ContainerShim.Sdk.Bundles;

/// <summary>What whoever creates the container knows better than its description.</summary>
/// <param name="Hostname">The host name of a container that has not set one; null for none.</param>
/// <param name="CgroupsPath">The cgroup of a container that has not set one; null for the runtime's choice.</param>
/// <param name="Terminal">Whether its stdio has a terminal.</param>
/// <param name="Columns">Size of the terminal, or 0.</param>
/// <param name="Rows">Size of the terminal, or 0.</param>
internal sealed record BundleContext(string? Hostname, string? CgroupsPath, bool Terminal, int Columns, int Rows)
{
    /// <summary>The cgroups of the machine that it is to run on.</summary>
    internal CgroupMode Cgroups { get; init; } = CgroupModeDetector.Detect();
}
