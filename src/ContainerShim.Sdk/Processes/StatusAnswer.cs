namespace ContainerShim.Sdk.Processes;

/// <summary>What the parent of a process says of it.</summary>
/// <param name="Kind">Whether there is a status.</param>
/// <param name="ExitCode">0 to 255, 128+n for signal n; 0 unless the process has ended.</param>
internal readonly record struct StatusAnswer(StatusAnswerKind Kind, int ExitCode = 0);
