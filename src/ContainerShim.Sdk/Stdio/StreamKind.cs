namespace ContainerShim.Sdk.Stdio;

/// <summary>Our end of a stream of a process.</summary>
[Flags]
internal enum StreamKind
{
    /// <summary>The writing end of a pipe.</summary>
    Stdin = 1,

    /// <summary>The reading end of a pipe.</summary>
    Stdout = 2,

    /// <summary>The reading end of a pipe.</summary>
    Stderr = 4,

    /// <summary>The master of a pseudo terminal.</summary>
    Console = 8,

    /// <summary>All of them.</summary>
    All = Stdin | Stdout | Stderr | Console,
}
