namespace ContainerShim.Sdk.Sandboxes;

/// <summary>Result of <see cref="ISandboxService.StartAsync"/>.</summary>
/// <param name="Pid">The process whose namespaces the containers join.</param>
/// <param name="CreatedAt">When it was started.</param>
/// <param name="Spec">A specification to keep with the sandbox; null for none.</param>
public sealed record SandboxStart(int Pid, DateTimeOffset CreatedAt, TypedPayload? Spec = null);
