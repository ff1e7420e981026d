namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.StateAsync"/>.</summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">The exec; empty for the init process.</param>
public sealed record StateRequest(string Id, string ExecId = "");
