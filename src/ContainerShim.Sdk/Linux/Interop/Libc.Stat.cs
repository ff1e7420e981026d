using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeStatx(int directory, string path, int flags, uint mask, FileStatus* status);

    /// <summary>The effective user of this process; see geteuid(2).</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint EffectiveUserId();

    /// <summary>The effective group of this process; see getegid(2).</summary>
    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint EffectiveGroupId();

    /// <summary>See statx(2).</summary>
    /// <exception cref="LinuxException"><c>stat PATH: …</c></exception>
    internal static unsafe FileStatus Stat(string path, bool followLink = true)
    {
        const int CurrentDirectory = -100;
        const int NoFollow = 0x100;
        const uint BasicStats = 0x7FF;
        FileStatus status;
        Check(NativeStatx(CurrentDirectory, path, followLink ? 0 : NoFollow, BasicStats, &status), (followLink ? "stat " : "lstat ") + path);
        return status;
    }
}
