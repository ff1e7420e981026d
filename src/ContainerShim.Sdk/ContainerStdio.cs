namespace ContainerShim.Sdk;

/// <summary>
/// Where the standard streams of a process of an embedded container go: to streams of this process, or to the paths and URIs of
/// <see cref="StdioPaths"/>.
/// </summary>
/// <remarks>
/// Streams are pipes without anything in between: a process that writes more than the pipe holds (256 KiB) waits for the reader. So
/// read what you ask for, and ask only for what you read. Streams end with this process; a container that is to outlive it needs paths.
/// </remarks>
public sealed record ContainerStdio
{
    /// <summary>All three streams on <c>/dev/null</c>.</summary>
    public static ContainerStdio None { get; } = new();

    /// <summary>Streams for input, output and error output.</summary>
    public static ContainerStdio Streams { get; } = new() { Input = true, Output = true, Error = true };

    /// <summary>Streams for output and error output; the process reads <c>/dev/null</c>.</summary>
    public static ContainerStdio OutputStreams { get; } = new() { Output = true, Error = true };

    /// <summary>A pseudo terminal with streams for its input and its output.</summary>
    public static ContainerStdio TerminalStreams { get; } = new() { Input = true, Output = true, Terminal = true };

    /// <summary>Whether there is a stream that the process reads. Default: false.</summary>
    public bool Input { get; init; }

    /// <summary>Whether there is a stream of what the process writes. Default: false.</summary>
    public bool Output { get; init; }

    /// <summary>Whether there is a stream of what the process writes to its error output. Default: false. A terminal has none.</summary>
    public bool Error { get; init; }

    /// <summary>Whether the process gets a pseudo terminal. Default: false.</summary>
    public bool Terminal { get; init; }

    /// <summary>The size of the terminal from the start, in columns. Default: 0, the kernel's choice.</summary>
    public int Columns { get; init; }

    /// <summary>The size of the terminal from the start, in rows. Default: 0, the kernel's choice.</summary>
    public int Rows { get; init; }

    /// <summary>Paths and URIs instead of streams. Default: null.</summary>
    public StdioPaths? Paths { get; init; }

    internal bool HasStreams => Input || Output || Error;

    internal bool HasTerminal => Terminal || Paths is { Terminal: true };

    /// <summary>Streams that go to paths or URIs.</summary>
    public static ContainerStdio FromPaths(StdioPaths paths)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return new() { Paths = paths };
    }

    /// <inheritdoc cref="FromPaths"/>
    public static implicit operator ContainerStdio(StdioPaths paths) => FromPaths(paths);

    /// <exception cref="ShimException">InvalidArgument.</exception>
    internal void Validate()
    {
        if (Paths is not null && (HasStreams || (Terminal && !Paths.Terminal)))
        {
            throw ShimException.InvalidArgument("stdio is either streams or paths");
        }

        if (HasTerminal && Error)
        {
            throw ShimException.InvalidArgument("a terminal has no stream for error output");
        }

        if (Columns is < 0 or > ushort.MaxValue || Rows is < 0 or > ushort.MaxValue)
        {
            throw ShimException.InvalidArgument($"a terminal of {Columns} columns and {Rows} rows");
        }

        if (!HasTerminal && (Columns | Rows) != 0)
        {
            throw ShimException.InvalidArgument("a size needs a terminal");
        }
    }
}
