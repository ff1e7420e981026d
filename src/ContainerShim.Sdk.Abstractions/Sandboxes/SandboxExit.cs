namespace ContainerShim.Sdk.Sandboxes;

/// <summary>Result of <see cref="ISandboxService.WaitAsync"/>.</summary>
/// <param name="ExitCode">128+n for an end by signal n.</param>
/// <param name="ExitedAt">When it ended.</param>
public sealed record SandboxExit(int ExitCode, DateTimeOffset ExitedAt);
