using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Events;

/// <summary>A process of a container ended. It is the init process if <see cref="ProcessId"/> equals the container id.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="ProcessId">The container id for the init process, else the exec id.</param>
/// <param name="Exit">Pid, status and time.</param>
public sealed record TaskExitedEvent(string ContainerId, string ProcessId, ProcessExit Exit) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/exit";
}
