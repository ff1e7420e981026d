namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.UpdateAsync"/>.</summary>
/// <param name="Id">The container.</param>
/// <param name="Resources">The OCI <c>linux.resources</c> object as UTF-8 JSON.</param>
public sealed record UpdateRequest(string Id, ReadOnlyMemory<byte> Resources);
