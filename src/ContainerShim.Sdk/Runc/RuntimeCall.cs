using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Runc;

/// <summary>One run of the runtime's binary.</summary>
internal sealed record RuntimeCall
{
    /// <summary>The binary, as in <see cref="RuntimeOptions.BinaryName"/>.</summary>
    public required string BinaryName { get; init; }

    /// <summary>What follows the name of the program.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The command for messages, for example <c>create</c>.</summary>
    public required string Command { get; init; }

    /// <summary>Where to start it; a directory that is gone is replaced by <c>/</c>, since containers can outlive their bundle.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>
    /// The streams that the runtime hands on to a container's process. Null when there is no such process: then what the runtime
    /// prints is kept.
    /// </summary>
    public RuntimeStdio? Stdio { get; init; }

    /// <summary>What the runtime reads from its standard input, where it has no <see cref="Stdio"/>.</summary>
    public ReadOnlyMemory<byte> Input { get; init; }

    /// <summary>Whether standard output is an answer to be read apart from messages.</summary>
    public bool ReadsAnswer { get; init; }

    /// <summary>When to give up.</summary>
    public required TimeSpan Timeout { get; init; }
}
