namespace ContainerShim.Sdk.Tasks;

/// <summary>Result of <see cref="IShimTaskService.StatsAsync"/>.</summary>
/// <param name="Metrics">Usage as <c>io.containerd.cgroups.v1.Metrics</c> or <c>io.containerd.cgroups.v2.Metrics</c>.</param>
public sealed record StatsResult(TypedPayload Metrics);
