namespace ContainerShim.Sdk.Tasks;

/// <summary>A process of a container.</summary>
/// <param name="Pid">Its pid.</param>
/// <param name="ExecId">The exec it was started as; empty for the init process and for those that the container itself started.</param>
public sealed record ContainerProcess(int Pid, string ExecId = "");
