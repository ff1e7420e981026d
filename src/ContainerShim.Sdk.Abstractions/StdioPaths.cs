namespace ContainerShim.Sdk;

/// <summary>Where the standard streams of a process go: three paths of FIFOs or files, or URIs, exactly as they were requested.</summary>
/// <remarks>
/// An empty string means that the process sees <c>/dev/null</c>. The scheme of <see cref="Stdout"/> decides for all three: none or
/// <c>fifo</c> for FIFOs, <c>file://</c> for a log file, <c>binary://</c> for a logging process.
/// </remarks>
public sealed record StdioPaths
{
    /// <summary>All three streams on <c>/dev/null</c>.</summary>
    public static StdioPaths None { get; } = new();

    /// <summary>Path or URI of the stream the process reads, or empty.</summary>
    public string Stdin { get; init; } = "";

    /// <summary>Path or URI of the process's output, or empty.</summary>
    public string Stdout { get; init; } = "";

    /// <summary>Path or URI of the process's error output, or empty. Unused with a terminal.</summary>
    public string Stderr { get; init; } = "";

    /// <summary>Whether the process gets a pseudo terminal instead of pipes.</summary>
    public bool Terminal { get; init; }

    /// <summary>Whether no stream is connected at all.</summary>
    public bool IsNull => Stdin.Length == 0 && Stdout.Length == 0 && Stderr.Length == 0;
}
