namespace ContainerShim.Sdk.Events;

/// <summary>The kernel's OOM killer struck a process of a container.</summary>
/// <param name="ContainerId">The container.</param>
public sealed record TaskOomEvent(string ContainerId) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/oom";
}
