namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a process does that a check has run: a command for any POSIX shell.</summary>
/// <param name="ShellCommand">The command for <c>sh -c</c>.</param>
public sealed record Workload(string ShellCommand)
{
    /// <summary>Runs until it is killed.</summary>
    public static Workload Runs { get; } = new("exec sleep 1000");

    /// <summary>The argument vector: <c>sh -c COMMAND</c>.</summary>
    public IReadOnlyList<string> Command => ["sh", "-c", ShellCommand];

    /// <summary>Ends with a status.</summary>
    public static Workload Exits(int exitCode) => new($"exit {exitCode}");

    /// <summary>Prints a line and ends with a status.</summary>
    public static Workload Prints(string line, int exitCode = 0) => new($"echo {line}; exit {exitCode}");

    /// <summary>Prints <c>ready</c> and then runs until SIGTERM, upon which it ends with a status.</summary>
    public static Workload EndsOnTerm(int exitCode) => new($"trap 'exit {exitCode}' TERM; echo ready; sleep 1000 & wait");
}
