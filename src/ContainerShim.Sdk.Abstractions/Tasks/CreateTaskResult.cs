namespace ContainerShim.Sdk.Tasks;

/// <summary>Result of <see cref="IShimTaskService.CreateAsync"/>.</summary>
/// <param name="Pid">The init process; 0 for one that is to be restored.</param>
public sealed record CreateTaskResult(int Pid);
