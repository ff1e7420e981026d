namespace ContainerShim.Sdk.Events;

/// <summary>Something that happened to a container, in the order in which it happened.</summary>
/// <remarks>For one container: create, start, exit, delete; for one exec: added, started, exit. An exit follows each start.</remarks>
public abstract record ShimEvent
{
    private protected ShimEvent(string containerId) => ContainerId = containerId;

    /// <summary>The container it happened to.</summary>
    public string ContainerId { get; init; }

    /// <summary>containerd's topic, for example <c>/tasks/exit</c>.</summary>
    public abstract string Topic { get; }
}
