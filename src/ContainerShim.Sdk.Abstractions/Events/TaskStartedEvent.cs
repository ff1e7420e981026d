namespace ContainerShim.Sdk.Events;

/// <summary>The init process was started.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="Pid">The init process.</param>
public sealed record TaskStartedEvent(string ContainerId, int Pid) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/start";
}
