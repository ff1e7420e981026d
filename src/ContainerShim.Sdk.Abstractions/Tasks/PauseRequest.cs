namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.PauseAsync"/>.</summary>
/// <param name="Id">The container.</param>
public sealed record PauseRequest(string Id);
