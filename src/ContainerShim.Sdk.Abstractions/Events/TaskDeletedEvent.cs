namespace ContainerShim.Sdk.Events;

/// <summary>A container was deleted.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="Pid">Its init process.</param>
/// <param name="ExitCode">The status of the init process.</param>
/// <param name="ExitedAt">When the init process ended; null when it never ran.</param>
public sealed record TaskDeletedEvent(string ContainerId, int Pid, int ExitCode, DateTimeOffset? ExitedAt) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/delete";
}
