using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary><c>struct statx</c>, the same on every architecture; see statx(2), Linux 4.11.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    private const ushort TypeMask = 0xF000;
    private const ushort Directory = 0x4000;
    private const ushort Regular = 0x8000;
    private const ushort SymbolicLink = 0xA000;
    private const ushort WritableByOthers = 0x12;
    private const ushort WritableByAll = 0x2;
    private const ushort Sticky = 0x200;
    private const ushort CharacterDevice = 0x2000;

    /// <summary>How many names it has; none after the last was removed.</summary>
    [FieldOffset(16)]
    internal uint Links;

    [FieldOffset(20)]
    internal uint Uid;

    [FieldOffset(24)]
    internal uint Gid;

    [FieldOffset(28)]
    internal ushort Mode;

    [FieldOffset(32)]
    internal ulong Inode;

    [FieldOffset(40)]
    internal long Size;

    [FieldOffset(136)]
    internal uint DeviceMajor;

    [FieldOffset(140)]
    internal uint DeviceMinor;

    internal readonly bool IsRegular => (Mode & TypeMask) == Regular;

    internal readonly bool IsDirectory => (Mode & TypeMask) == Directory;

    internal readonly bool IsCharacterDevice => (Mode & TypeMask) == CharacterDevice;

    /// <summary>Whether only the owner of a file in this directory may remove or rename it.</summary>
    internal readonly bool IsSticky => (Mode & Sticky) != 0;

    internal readonly bool IsSymbolicLink => (Mode & TypeMask) == SymbolicLink;

    /// <summary>Whether its group or everybody may write to it; true for symbolic links, whose mode means nothing.</summary>
    internal readonly bool IsWritableByOthers => (Mode & WritableByOthers) != 0;

    /// <summary>Whether everybody may write to it; true for symbolic links.</summary>
    internal readonly bool IsWritableByAll => (Mode & WritableByAll) != 0;

    /// <summary>Whether both are of one file, whatever the paths to it.</summary>
    internal readonly bool IsSameAs(FileStatus other) =>
        Inode == other.Inode && DeviceMajor == other.DeviceMajor && DeviceMinor == other.DeviceMinor;

    internal readonly bool IsOwnedByRootOr(uint user) => Uid == 0 || Uid == user;
}
