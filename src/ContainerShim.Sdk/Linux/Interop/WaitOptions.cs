namespace ContainerShim.Sdk.Linux.Interop;

/// <summary>Options of waitid(2).</summary>
[Flags]
internal enum WaitOptions
{
    /// <summary><c>WNOHANG</c></summary>
    DoNotBlock = 0x1,

    /// <summary><c>WEXITED</c></summary>
    Exited = 0x4,

    /// <summary><c>WEXITED | WNOHANG</c></summary>
    Collect = Exited | DoNotBlock,

    /// <summary><c>WEXITED | WNOHANG | WNOWAIT</c>: leaves the child as it is.</summary>
    Peek = Collect | 0x01000000,
}
