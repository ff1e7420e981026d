using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary><c>struct statx</c>, the same on every architecture.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    private const ushort TypeMask = 0xF000;
    private const ushort Regular = 0x8000;
    private const ushort WritableByOthers = 0x12;

    [FieldOffset(20)]
    internal uint Uid;

    [FieldOffset(24)]
    internal uint Gid;

    [FieldOffset(28)]
    internal ushort Mode;

    internal readonly bool IsRegular => (Mode & TypeMask) == Regular;

    /// <summary>Whether its group or everybody may write to it.</summary>
    internal readonly bool IsWritableByOthers => (Mode & WritableByOthers) != 0;
}
