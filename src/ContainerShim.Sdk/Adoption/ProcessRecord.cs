using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Adoption;

/// <summary>What a later engine needs to know of a process to take it over.</summary>
internal sealed record ProcessRecord
{
    /// <summary>The container id, or the exec id.</summary>
    public required string Id { get; init; }

    /// <summary>How far it has come.</summary>
    public RecordPhase Phase { get; init; }

    /// <summary>0 while it is being made.</summary>
    public int Pid { get; init; }

    /// <summary>When it started, in clock ticks since boot: with the pid and the boot its identity. 0 when it was gone too soon to be asked.</summary>
    public ulong StartTime { get; init; }

    /// <summary>The boot in which the pid and the start time mean anything.</summary>
    public string Boot { get; init; } = "";

    /// <summary>The streams as they were requested.</summary>
    public StdioPaths Stdio { get; init; } = StdioPaths.None;

    /// <summary>The bundle; empty for an exec.</summary>
    public string Bundle { get; init; } = "";

    /// <summary>
    /// The location of the container's cgroup as it was made, which its process may have left since. Empty where it has none of its own;
    /// null for an exec, where nobody can tell, and in records of versions that did not keep it.
    /// </summary>
    public string? Cgroup { get; init; }

    /// <summary>Whether the engine has mounted the root file system of the container.</summary>
    public bool HasMounts { get; init; }

    /// <summary>How many OOM kills in its cgroup have been reported.</summary>
    public long OomKills { get; init; }

    /// <summary>How it ended, once that is known.</summary>
    public ProcessExit? Exit { get; init; }

    /// <summary>Whether the receiver of events has acknowledged the exit.</summary>
    public bool ExitDelivered { get; init; }
}
