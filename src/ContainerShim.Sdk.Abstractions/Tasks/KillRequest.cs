namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.KillAsync"/>.</summary>
/// <param name="Id">The container.</param>
/// <param name="ExecId">The exec; empty for the init process.</param>
/// <param name="Signal">A signal number of Linux; 0 only tests whether the process is there.</param>
/// <param name="All">Whether to signal every process of the container; ignored for an exec.</param>
public sealed record KillRequest(string Id, string ExecId, int Signal, bool All = false);
