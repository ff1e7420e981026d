using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary><c>struct statx</c>, the same on all architectures; see statx(2), Linux 4.11.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    private const uint TypeMask = 0xF000;

    [FieldOffset(0x14)]
    internal uint UserId;

    [FieldOffset(0x18)]
    internal uint GroupId;

    [FieldOffset(0x1C)]
    internal ushort Mode;

    [FieldOffset(0x20)]
    internal ulong Inode;

    [FieldOffset(0x28)]
    internal long Size;

    /// <summary>Seconds of the time of last modification.</summary>
    [FieldOffset(0x70)]
    internal long ModifiedSeconds;

    /// <summary>And its nanoseconds.</summary>
    [FieldOffset(0x78)]
    internal uint ModifiedNanoseconds;

    internal readonly bool IsRegular => (Mode & TypeMask) == 0x8000;

    internal readonly bool IsDirectory => (Mode & TypeMask) == 0x4000;

    internal readonly bool IsSymbolicLink => (Mode & TypeMask) == 0xA000;

    /// <summary>Whether group or others may write; of a symbolic link, whose mode means nothing, always true.</summary>
    internal readonly bool IsWritableByOthers => (Mode & 0x12) != 0;

    internal readonly bool IsOwnedByRootOr(uint user) => UserId == 0 || UserId == user;
}
