namespace ContainerShim.Sdk.Events;

/// <summary>A container was deleted.</summary>
/// <param name="ContainerId">The container.</param>
public sealed record TaskDeletedEvent(string ContainerId) : ShimEvent(ContainerId)
{
    /// <summary>Its init process.</summary>
    public required int Pid { get; init; }

    /// <summary>The status of the init process.</summary>
    public required int ExitCode { get; init; }

    /// <summary>When the init process ended. Default: null, it never ran.</summary>
    public DateTimeOffset? ExitedAt { get; init; }

    /// <inheritdoc/>
    public override string Topic => "/tasks/delete";
}
