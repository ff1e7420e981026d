namespace ContainerShim.Sdk.Events;

/// <summary>An added process was started.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="ExecId">The process.</param>
/// <param name="Pid">Its pid.</param>
public sealed record ExecStartedEvent(string ContainerId, string ExecId, int Pid) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/exec-started";
}
