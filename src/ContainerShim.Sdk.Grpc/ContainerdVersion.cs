namespace ContainerShim.Sdk.Grpc;

/// <summary>What containerd says of itself.</summary>
/// <param name="Version">Its version, for example <c>v2.1.4</c> or, as Debian packages it, <c>1.6.20~ds1</c>.</param>
/// <param name="Revision">The commit it was built from; may be empty.</param>
public sealed record ContainerdVersion(string Version, string Revision);
