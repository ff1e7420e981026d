namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.ResumeAsync"/>.</summary>
/// <param name="Id">The container.</param>
public sealed record ResumeRequest(string Id);
