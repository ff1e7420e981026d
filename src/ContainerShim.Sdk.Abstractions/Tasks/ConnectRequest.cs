namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.ConnectAsync"/>.</summary>
/// <param name="Id">The container.</param>
public sealed record ConnectRequest(string Id);
