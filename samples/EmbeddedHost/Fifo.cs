using System.Runtime.InteropServices;

namespace EmbeddedHost;

/// <summary>mkfifo(3), which the framework does not have.</summary>
internal static partial class Fifo
{
    private const uint OwnerOnly = 0x180;

    public static void Make(string path)
    {
        if (MakeFifo(path, OwnerOnly) != 0)
        {
            throw new IOException($"mkfifo {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
