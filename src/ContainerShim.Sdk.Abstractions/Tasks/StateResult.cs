namespace ContainerShim.Sdk.Tasks;

/// <summary>Result of <see cref="IShimTaskService.StateAsync"/>.</summary>
public sealed record StateResult
{
    /// <summary>The container id, or the exec id of an exec.</summary>
    public required string Id { get; init; }

    /// <summary>Path of the bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>The process; 0 before it exists.</summary>
    public required int Pid { get; init; }

    /// <summary>Its state.</summary>
    public required ContainerStatus Status { get; init; }

    /// <summary>Its streams, as they were requested.</summary>
    public required StdioPaths Stdio { get; init; }

    /// <summary>Its status once it has ended: 0 to 255, 128+n for signal n.</summary>
    public required int ExitCode { get; init; }

    /// <summary>When it ended; null while it has not.</summary>
    public required DateTimeOffset? ExitedAt { get; init; }
}
