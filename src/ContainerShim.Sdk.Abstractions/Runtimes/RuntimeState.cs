namespace ContainerShim.Sdk.Runtimes;

/// <summary>What the runtime itself says of a container.</summary>
/// <param name="Status"><c>creating</c>, <c>created</c>, <c>running</c>, <c>paused</c> or <c>stopped</c>.</param>
/// <param name="Pid">Its init process; 0 when there is none.</param>
public sealed record RuntimeState(string Status, int Pid);
