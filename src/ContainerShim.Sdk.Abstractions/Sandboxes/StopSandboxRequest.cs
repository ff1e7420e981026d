namespace ContainerShim.Sdk.Sandboxes;

/// <summary>Argument of <see cref="ISandboxService.StopAsync"/>.</summary>
/// <param name="SandboxId">The sandbox.</param>
/// <param name="Timeout">How long it may take to end; zero leaves that to the service.</param>
public sealed record StopSandboxRequest(string SandboxId, TimeSpan Timeout);
