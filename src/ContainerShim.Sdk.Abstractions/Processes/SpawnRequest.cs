using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Processes;

/// <summary>A child process to start.</summary>
/// <remarks>The caller owns the handles and may close them after the call.</remarks>
public sealed record SpawnRequest
{
    /// <summary>Absolute path of the binary.</summary>
    public required string FileName { get; init; }

    /// <summary>The argument vector, its first element the name of the program.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>The whole environment, as <c>NAME=value</c>. Default: empty, nothing is inherited.</summary>
    public IReadOnlyList<string> Environment { get; init; } = [];

    /// <summary>Directory to start in. Default: <c>/</c>.</summary>
    public string WorkingDirectory { get; init; } = "/";

    /// <summary>Descriptor 0; null for /dev/null.</summary>
    public SafeHandle? Stdin { get; init; }

    /// <summary>Descriptor 1; null for /dev/null.</summary>
    public SafeHandle? Stdout { get; init; }

    /// <summary>Descriptor 2; null for /dev/null.</summary>
    public SafeHandle? Stderr { get; init; }

    /// <summary>Descriptors 3 and up, in this order. Default: none; all others are closed.</summary>
    public IReadOnlyList<SafeHandle> ExtraDescriptors { get; init; } = [];

    /// <summary>Whether the child leads a process group of its own. Default: false.</summary>
    public bool NewProcessGroup { get; init; }
}
