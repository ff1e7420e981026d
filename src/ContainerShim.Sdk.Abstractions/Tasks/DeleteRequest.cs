namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.DeleteAsync"/>.</summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">The exec; empty for the init process.</param>
public sealed record DeleteRequest(string Id, string ExecId = "");
