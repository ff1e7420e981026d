using ContainerShim.Sdk.Cgroups;

namespace ContainerShim.Sdk.Stats;

/// <summary>What a container uses at one moment, the same for both cgroup versions. Counters only grow while the container exists.</summary>
public sealed record ContainerStats
{
    /// <summary>When it was read.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The kind of hierarchy it was read from; what that version does not tell is null or zero here.</summary>
    public required CgroupVersion Version { get; init; }

    /// <summary>CPU time.</summary>
    public required CpuStats Cpu { get; init; }

    /// <summary>Memory.</summary>
    public required MemoryStats Memory { get; init; }

    /// <summary>Processes and threads.</summary>
    public required PidsStats Pids { get; init; }

    /// <summary>Block devices.</summary>
    public required IoStats Io { get; init; }
}
