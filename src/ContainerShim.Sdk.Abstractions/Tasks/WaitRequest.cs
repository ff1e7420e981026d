namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.WaitAsync"/>.</summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">The exec; empty for the init process.</param>
public sealed record WaitRequest(string Id, string ExecId = "");
