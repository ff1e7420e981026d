namespace ContainerShim.Sdk.Tasks;

/// <summary>Result of <see cref="IShimTaskService.StartAsync"/>.</summary>
/// <param name="Pid">The process.</param>
public sealed record StartResult(int Pid);
