namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>What the container of a <see cref="TestBundle"/> is like.</summary>
internal sealed record BundleOptions
{
    /// <summary>The command; the default does nothing for longer than any test lasts.</summary>
    public IReadOnlyList<string> Args { get; init; } = ["sleep", "1000"];

    /// <summary>Without its own pid namespace a container's processes outlive its init.</summary>
    public bool HasPidNamespace { get; init; } = true;

    /// <summary>The pid namespace to join, such as that of another container; null for one of its own.</summary>
    public string? PidNamespacePath { get; init; }

    public bool Terminal { get; init; }

    /// <summary>Which containers share its shim; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Bytes of memory, with swap; null for no limit.</summary>
    public long? MemoryLimit { get; init; }

    public long? PidsLimit { get; init; }

    public int? OomScoreAdjustment { get; init; }

    /// <summary>Whether the shim mounts the tests' root file system; else it finds one in the bundle, or the request says what to mount.</summary>
    public bool MountsRootfs { get; init; } = true;

    /// <summary>Files of the host to see in the container's /tmp, by their names there.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Annotations of the container besides the group.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
