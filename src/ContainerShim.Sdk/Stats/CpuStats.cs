namespace ContainerShim.Sdk.Stats;

/// <summary>CPU time of a container since it was created, on all CPUs together.</summary>
public sealed record CpuStats
{
    /// <summary>All of it.</summary>
    public required TimeSpan Usage { get; init; }

    /// <summary>In user mode.</summary>
    public required TimeSpan User { get; init; }

    /// <summary>In the kernel.</summary>
    public required TimeSpan System { get; init; }

    /// <summary>How many periods of the bandwidth limit have passed; 0 without a limit.</summary>
    public required long Periods { get; init; }

    /// <summary>In how many of them the limit was hit.</summary>
    public required long ThrottledPeriods { get; init; }

    /// <summary>How long its CPUs were made to wait by the limit.</summary>
    public required TimeSpan ThrottledTime { get; init; }

    /// <summary>How it was short of CPU; null where the kernel does not tell (cgroup v1, or without PSI).</summary>
    public Pressure? Pressure { get; init; }
}
