namespace ContainerShim.Sdk.Tasks;

/// <summary>Result of <see cref="IShimTaskService.PidsAsync"/>.</summary>
/// <param name="Processes">The processes, in no particular order.</param>
public sealed record PidsResult(IReadOnlyList<ContainerProcess> Processes);
