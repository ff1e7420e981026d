namespace ContainerShim.Sdk.Tasks;

/// <summary>Result of <see cref="IShimTaskService.ConnectAsync"/>.</summary>
/// <param name="ShimPid">The process that serves.</param>
/// <param name="TaskPid">The init process of the container; 0 when there is none.</param>
/// <param name="Version">Unused by containerd; empty.</param>
public sealed record ConnectResult(int ShimPid, int TaskPid, string Version);
