namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.PidsAsync"/>.</summary>
/// <param name="Id">The container.</param>
public sealed record PidsRequest(string Id);
