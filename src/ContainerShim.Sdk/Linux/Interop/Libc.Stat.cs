using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeStat(int directory, string path, int flags, uint mask, FileStatus* status);

    /// <summary>Type, mode and owner of a file, symbolic links followed. See statx(2), Linux 4.11.</summary>
    internal static unsafe FileStatus Stat(string path)
    {
        const int FromWorkingDirectory = -100;
        const uint BasicFields = 0x7FF;
        FileStatus status;
        Check(NativeStat(FromWorkingDirectory, path, 0, BasicFields, &status), "stat " + path);
        return status;
    }
}
