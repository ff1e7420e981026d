using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EmbeddedHost.Terminals;

/// <summary>The terminal calls that the framework does not have; see termios(3) and ioctl_tty(2).</summary>
internal static unsafe partial class NativeTerminal
{
    public const int Input = 0;
    public const int Output = 1;

    private const int ApplyAfterOutput = 1;
    private const nuint GetWindowSize = 0x5413;

    public static Attributes GetAttributes()
    {
        Attributes attributes;
        return NativeGetAttributes(Input, &attributes) == 0 ? attributes : throw new Win32Exception(Marshal.GetLastPInvokeError());
    }

    public static Attributes MakeRaw(Attributes attributes)
    {
        NativeMakeRaw(&attributes);
        return attributes;
    }

    /// <summary>Says nothing when it fails: the terminal is gone then.</summary>
    public static void SetAttributes(Attributes attributes) => _ = NativeSetAttributes(Input, ApplyAfterOutput, &attributes);

    public static bool IsTerminal(int descriptor) => NativeIsTerminal(descriptor) == 1;

    /// <summary>Null when the descriptor is none of a terminal.</summary>
    public static (int Columns, int Rows)? GetSize(int descriptor)
    {
        ushort* size = stackalloc ushort[4];
        return NativeControl(descriptor, GetWindowSize, size) == 0 ? (size[1], size[0]) : null;
    }

    [LibraryImport("libc", EntryPoint = "tcgetattr", SetLastError = true)]
    private static partial int NativeGetAttributes(int descriptor, Attributes* attributes);

    [LibraryImport("libc", EntryPoint = "tcsetattr")]
    private static partial int NativeSetAttributes(int descriptor, int when, Attributes* attributes);

    [LibraryImport("libc", EntryPoint = "cfmakeraw")]
    private static partial void NativeMakeRaw(Attributes* attributes);

    [LibraryImport("libc", EntryPoint = "isatty")]
    private static partial int NativeIsTerminal(int descriptor);

    [LibraryImport("libc", EntryPoint = "ioctl")]
    private static partial int NativeControl(int descriptor, nuint request, ushort* size);

    /// <summary><c>struct termios</c>, which only the C library looks into; 60 bytes in glibc and musl.</summary>
    public struct Attributes
    {
        private fixed byte _bytes[128];
    }
}
