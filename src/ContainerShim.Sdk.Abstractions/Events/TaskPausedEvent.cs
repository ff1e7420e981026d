namespace ContainerShim.Sdk.Events;

/// <summary>A container was paused.</summary>
/// <param name="ContainerId">The container.</param>
public sealed record TaskPausedEvent(string ContainerId) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/paused";
}
