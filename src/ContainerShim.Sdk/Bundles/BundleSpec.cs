namespace ContainerShim.Sdk.Bundles;

/// <summary>The parts of an OCI configuration that concern the shim.</summary>
internal sealed record BundleSpec
{
    /// <summary>The annotations.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();

    /// <summary>
    /// Whether processes of the container outlive its init process: it has no pid namespace of its own, since the configuration names
    /// none, or one by path.
    /// </summary>
    public bool SharesPidNamespace { get; init; }

    /// <summary>Where the runtime is asked to put the cgroup; empty when that is left to it.</summary>
    public string CgroupsPath { get; init; } = "";
}
