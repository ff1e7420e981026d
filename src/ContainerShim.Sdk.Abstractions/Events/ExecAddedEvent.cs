namespace ContainerShim.Sdk.Events;

/// <summary>A process was added to a container, not yet started.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="ExecId">The process.</param>
public sealed record ExecAddedEvent(string ContainerId, string ExecId) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/exec-added";
}
