namespace ContainerShim.Sdk.Tasks;

/// <summary>Result of <see cref="IShimTaskService.DeleteAsync"/>.</summary>
/// <param name="Pid">The process that was.</param>
/// <param name="ExitCode">Its status: 0 to 255, 128+n for signal n.</param>
/// <param name="ExitedAt">When it ended; null when it never ran.</param>
public sealed record DeleteResult(int Pid, int ExitCode, DateTimeOffset? ExitedAt);
