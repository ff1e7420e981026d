using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    /// <summary>Whether a descriptor is the master of a pseudo terminal: only that has a number to tell (<c>TIOCGPTN</c>).</summary>
    internal static unsafe bool IsTerminalMaster(SafeHandle descriptor)
    {
        const nuint GetNumber = 0x80045430;
        uint number;
        return NativeIoctl(descriptor, GetNumber, &number) == 0;
    }

    /// <summary>Sets the size of a terminal, see TIOCSWINSZ(2const). Returns the error number.</summary>
    internal static unsafe int SetTerminalSize(SafeHandle terminal, ushort columns, ushort rows)
    {
        const nuint SetSize = 0x5414;
        WindowSize size = new() { Rows = rows, Columns = columns };
        return NativeIoctl(terminal, SetSize, &size) == 0 ? 0 : LastError;
    }

    /// <summary>struct winsize</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct WindowSize
    {
        internal ushort Rows;
        internal ushort Columns;
        internal ushort PixelWidth;
        internal ushort PixelHeight;
    }
}
