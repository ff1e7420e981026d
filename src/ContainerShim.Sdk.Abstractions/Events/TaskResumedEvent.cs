namespace ContainerShim.Sdk.Events;

/// <summary>A container was resumed.</summary>
/// <param name="ContainerId">The container.</param>
public sealed record TaskResumedEvent(string ContainerId) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/resumed";
}
