using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static unsafe partial int NativeStatx(int directory, string path, int flags, uint mask, FileStatus* status);

    private const int CurrentDirectory = -100;
    private const int NoFollow = 0x100;
    private const uint BasicStats = 0x7FF;

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
        FileStatus status;
        Check(NativeStatx(CurrentDirectory, path, followLink ? 0 : NoFollow, BasicStats, &status), (followLink ? "stat " : "lstat ") + path);
        return status;
    }

    /// <summary>The same where a missing file is no error.</summary>
    internal static unsafe bool TryStat(string path, out FileStatus status, bool followLink = true)
    {
        fixed (FileStatus* result = &status)
        {
            return NativeStatx(CurrentDirectory, path, followLink ? 0 : NoFollow, BasicStats, result) == 0;
        }
    }

    /// <summary>The same of an open file.</summary>
    internal static unsafe FileStatus Stat(SafeHandle file)
    {
        FileStatus status;
        Check(NativeStatx((int)file.DangerousGetHandle(), "", EmptyPath, BasicStats, &status), "fstat");
        GC.KeepAlive(file);
        return status;
    }
}
