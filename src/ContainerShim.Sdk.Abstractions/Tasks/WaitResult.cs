namespace ContainerShim.Sdk.Tasks;

/// <summary>Result of <see cref="IShimTaskService.WaitAsync"/>.</summary>
/// <param name="ExitCode">0 to 255 as passed to exit(2); 128+n for signal n.</param>
/// <param name="ExitedAt">When the process ended.</param>
public sealed record WaitResult(int ExitCode, DateTimeOffset? ExitedAt);
