using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary><c>struct rlimit</c></summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    /// <summary><c>RLIMIT_NOFILE</c></summary>
    internal const int OpenFiles = 7;

    internal ulong Soft;
    internal ulong Hard;
}
