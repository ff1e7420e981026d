namespace ContainerShim.Sdk.Bundles;

/// <summary>A range of users or groups of a user namespace; see user_namespaces(7).</summary>
/// <param name="ContainerId">Its first number in the container.</param>
/// <param name="HostId">Its first number outside.</param>
/// <param name="Size">How many.</param>
public sealed record IdMapping(uint ContainerId, uint HostId, uint Size);
