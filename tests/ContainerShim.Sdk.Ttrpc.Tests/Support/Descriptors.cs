using System.Runtime.InteropServices;
using Mode = System.IO.UnixFileMode;

namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

internal static partial class Descriptors
{
    private const int DuplicateTo = 0;
    private const int GetFlags = 1;
    private const int CloseOnExec = 1;
    private const int ReadWriteCreate = 0x42;

    internal static int Duplicate(int descriptor) => FileControl(descriptor, DuplicateTo, 0);

    internal static bool IsCloseOnExec(int descriptor) => (FileControl(descriptor, GetFlags, 0) & CloseOnExec) != 0;

    internal static int OpenFile(string path) => Open(path, ReadWriteCreate, (int)(Mode.UserRead | Mode.UserWrite));

    internal static bool IsOpenSocket(int descriptor) =>
        new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget?.StartsWith("socket:", StringComparison.Ordinal) == true;

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int FileControl(int descriptor, int command, int argument);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags, int mode);
}
