namespace ContainerShim.Sdk.Events;

/// <summary>A container was checkpointed.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="Path">Where the image was written.</param>
public sealed record TaskCheckpointedEvent(string ContainerId, string Path) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/checkpointed";
}
