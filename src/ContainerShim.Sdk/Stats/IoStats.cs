namespace ContainerShim.Sdk.Stats;

/// <summary>What a container read from and wrote to block devices since it was created, past the page cache.</summary>
public sealed record IoStats
{
    /// <summary>Each device it used.</summary>
    public required IReadOnlyList<IoDeviceStats> Devices { get; init; }

    /// <summary>Bytes read, of all devices.</summary>
    public long ReadBytes => Devices.Sum(static device => device.ReadBytes);

    /// <summary>Bytes written, of all devices.</summary>
    public long WrittenBytes => Devices.Sum(static device => device.WrittenBytes);

    /// <summary>How it had to wait for devices; null where the kernel does not tell (cgroup v1, or without PSI).</summary>
    public Pressure? Pressure { get; init; }
}
