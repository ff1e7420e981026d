namespace ContainerShim.Sdk.Sandboxes;

/// <summary>Argument of <see cref="ISandboxService.GetStatusAsync"/>.</summary>
/// <param name="SandboxId">The sandbox.</param>
/// <param name="Verbose">Whether <see cref="SandboxStatus.Info"/> is wanted.</param>
public sealed record SandboxStatusRequest(string SandboxId, bool Verbose);
