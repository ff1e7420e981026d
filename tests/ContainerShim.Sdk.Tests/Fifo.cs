using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Tests;

internal static partial class Fifo
{
    internal static void Make(string path) => Assert.That(MakeFifo(path, 0x1C0), Is.Zero, "mkfifo " + path);

    [LibraryImport("libc", EntryPoint = "mkfifo", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MakeFifo(string path, uint mode);
}
