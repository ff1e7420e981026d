using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary><c>struct pidfd_info</c> in its first version, 64 bytes (Linux 6.13); exit information came with 6.15.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal struct PidfdInfo
{
    /// <summary><c>PIDFD_GET_INFO</c>: <c>_IOWR(0xFF, 11, struct pidfd_info)</c>.</summary>
    internal const uint GetInfoRequest = 0xC040FF0B;

    /// <summary><c>PIDFD_INFO_EXIT</c></summary>
    internal const ulong ExitMask = 8;

    [FieldOffset(0)]
    internal ulong Mask;

    [FieldOffset(16)]
    internal uint Pid;

    [FieldOffset(24)]
    internal uint ParentPid;

    /// <summary>A wait status, as of wait(2).</summary>
    [FieldOffset(60)]
    internal int WaitStatus;

    /// <summary>Whether <see cref="WaitStatus"/> has been filled: the process has ended and its parent has collected it.</summary>
    internal readonly bool HasExit => (Mask & ExitMask) != 0;

    /// <summary>0 to 255 as passed to exit(2); 128+n for signal n.</summary>
    internal readonly int ExitCode => (WaitStatus & 0x7F) == 0 ? (WaitStatus >> 8) & 0xFF : 128 + (WaitStatus & 0x7F);
}
