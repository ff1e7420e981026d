using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Runtimes;

/// <summary>The standard streams to give to a process: its own ends of pipes, or a console socket.</summary>
/// <remarks>The caller owns the handles and closes them after the call; the runtime lets the process inherit them.</remarks>
public sealed record RuntimeStdio
{
    /// <summary>Every stream on <c>/dev/null</c>.</summary>
    public static RuntimeStdio None { get; } = new();

    /// <summary>What the process reads from; null for <c>/dev/null</c>.</summary>
    public SafeFileHandle? Stdin { get; init; }

    /// <summary>Where its output goes; null for <c>/dev/null</c>.</summary>
    public SafeFileHandle? Stdout { get; init; }

    /// <summary>Where its error output goes; null for <c>/dev/null</c>.</summary>
    public SafeFileHandle? Stderr { get; init; }

    /// <summary>
    /// Path of a unix socket to which the runtime sends the master of the process's new terminal (<c>SCM_RIGHTS</c>); null without a
    /// terminal.
    /// </summary>
    public string? ConsoleSocket { get; init; }
}
