namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.ShutdownAsync"/>.</summary>
/// <param name="Id">The container on whose behalf it is asked; not looked at.</param>
/// <param name="Now">Accepted and without effect: containers are never abandoned.</param>
public sealed record ShutdownRequest(string Id, bool Now = false);
