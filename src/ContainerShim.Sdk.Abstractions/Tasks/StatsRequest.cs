namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.StatsAsync"/>.</summary>
/// <param name="Id">The container.</param>
public sealed record StatsRequest(string Id);
