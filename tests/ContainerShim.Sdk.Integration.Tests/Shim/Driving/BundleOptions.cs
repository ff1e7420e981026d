namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>What the container of a <see cref="TestBundle"/> is like.</summary>
internal sealed record BundleOptions
{
    /// <summary>The command; the default does nothing for longer than any test lasts.</summary>
    public IReadOnlyList<string> Args { get; init; } = ["sleep", "1000"];

    /// <summary>Without its own pid namespace a container's processes outlive its init.</summary>
    public bool HasPidNamespace { get; init; } = true;

    public bool Terminal { get; init; }

    /// <summary>Which containers share its shim; null for none.</summary>
    public string? Group { get; init; }

    /// <summary>Bytes of memory, with swap; null for no limit.</summary>
    public long? MemoryLimit { get; init; }

    public int? OomScoreAdjustment { get; init; }

    /// <summary>Files of the host to see in the container's /tmp, by their names there.</summary>
    public IReadOnlyDictionary<string, string> Files { get; init; } = new Dictionary<string, string>();

    /// <summary>Annotations of the container besides the group.</summary>
    public IReadOnlyDictionary<string, string> Annotations { get; init; } = new Dictionary<string, string>();
}
