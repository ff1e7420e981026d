namespace ContainerShim.Sdk.Stats;

/// <summary>What a container read from and wrote to one block device.</summary>
/// <param name="Major">Major number of the device.</param>
/// <param name="Minor">Minor number of the device.</param>
public sealed record IoDeviceStats(int Major, int Minor)
{
    /// <summary>Bytes read.</summary>
    public long ReadBytes { get; init; }

    /// <summary>Bytes written.</summary>
    public long WrittenBytes { get; init; }

    /// <summary>Reads.</summary>
    public long Reads { get; init; }

    /// <summary>Writes.</summary>
    public long Writes { get; init; }
}
