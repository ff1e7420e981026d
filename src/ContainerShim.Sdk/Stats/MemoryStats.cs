namespace ContainerShim.Sdk.Stats;

/// <summary>Memory of a container, in bytes.</summary>
public sealed record MemoryStats
{
    /// <summary>What counts against the limit, page cache included.</summary>
    public required long Usage { get; init; }

    /// <summary>The limit; null when there is none.</summary>
    public required long? Limit { get; init; }

    /// <summary>The highest usage so far; 0 where the kernel does not tell (cgroup v2 before Linux 5.19).</summary>
    public required long MaxUsage { get; init; }

    /// <summary>Usage less the page cache that was not used of late: what the kernel cannot easily take back, and what Kubernetes evicts by.</summary>
    public required long WorkingSet { get; init; }

    /// <summary>Memory of the processes themselves: heaps, stacks.</summary>
    public required long Anonymous { get; init; }

    /// <summary>Page cache.</summary>
    public required long PageCache { get; init; }

    /// <summary>Swap in use, without the memory; 0 where swap is not accounted for.</summary>
    public required long SwapUsage { get; init; }

    /// <summary>Page faults that had to read from a disk.</summary>
    public required long MajorPageFaults { get; init; }

    /// <summary>How often the OOM killer struck.</summary>
    public required long OomKills { get; init; }

    /// <summary>How it was short of memory; null where the kernel does not tell (cgroup v1, or without PSI).</summary>
    public Pressure? Pressure { get; init; }
}
