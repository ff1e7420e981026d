namespace ContainerShim.Sdk.Sandboxes;

/// <summary>Result of <see cref="ISandboxService.GetPlatformAsync"/>, in the words of OCI images.</summary>
/// <param name="Os">For example <c>linux</c>.</param>
/// <param name="Architecture">For example <c>amd64</c> or <c>arm64</c>.</param>
/// <param name="Variant">For example <c>v8</c>; empty for none.</param>
public sealed record SandboxPlatform(string Os, string Architecture, string Variant = "");
