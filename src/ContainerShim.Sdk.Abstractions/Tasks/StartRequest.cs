namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.StartAsync"/>.</summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">The exec; empty for the init process.</param>
public sealed record StartRequest(string Id, string ExecId = "");
