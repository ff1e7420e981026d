namespace ContainerShim.Sdk.Stdio;

/// <summary>How a relay moves bytes.</summary>
internal enum RelayKind
{
    /// <summary>By splice(2), without a buffer: both ends are pipes.</summary>
    Splice,

    /// <summary>By read(2) and write(2): one end is a terminal, a file or anything else.</summary>
    Copy,
}
