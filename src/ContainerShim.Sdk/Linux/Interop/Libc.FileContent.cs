using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    [LibraryImport("libc", EntryPoint = "pread64", SetLastError = true)]
    private static unsafe partial nint NativeReadAt(SafeHandle descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "pwrite64", SetLastError = true)]
    private static unsafe partial nint NativeWriteAt(SafeHandle descriptor, byte* buffer, nuint count, long offset);

    [LibraryImport("libc", EntryPoint = "ftruncate64", SetLastError = true)]
    private static partial int NativeTruncate(SafeHandle descriptor, long length);

    [LibraryImport("libc", EntryPoint = "rename", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeRename(string from, string to);

    [LibraryImport("libc", EntryPoint = "unlink", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeUnlink(string path);

    /// <summary>See pread(2). Returns the count, or the error number negated.</summary>
    internal static unsafe int ReadAt(SafeHandle descriptor, Span<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            do
            {
                count = NativeReadAt(descriptor, start, (nuint)buffer.Length, offset);
            }
            while (count < 0 && LastError == Interop.Errno.EINTR);
            return count >= 0 ? (int)count : -LastError;
        }
    }

    /// <summary>See pwrite(2). Returns the count, or the error number negated.</summary>
    internal static unsafe int WriteAt(SafeHandle descriptor, ReadOnlySpan<byte> buffer, long offset)
    {
        fixed (byte* start = buffer)
        {
            nint count;
            do
            {
                count = NativeWriteAt(descriptor, start, (nuint)buffer.Length, offset);
            }
            while (count < 0 && LastError == Interop.Errno.EINTR);
            return count >= 0 ? (int)count : -LastError;
        }
    }

    /// <summary>See ftruncate(2). Returns 0, or the error number.</summary>
    internal static int TryTruncate(SafeHandle descriptor, long length) => NativeTruncate(descriptor, length) == 0 ? 0 : LastError;

    /// <summary>See rename(2), which replaces what is at the new place. Returns 0, or the error number.</summary>
    internal static int TryRename(string from, string to) => NativeRename(from, to) == 0 ? 0 : LastError;

    /// <summary>See unlink(2). Returns 0, or the error number.</summary>
    internal static int TryUnlink(string path) => NativeUnlink(path) == 0 ? 0 : LastError;

    /// <summary>
    /// A file of a directory that has no name and is gone when it is closed: O_TMPFILE, or where the file system has none (overlayfs
    /// before Linux 6.3, NFS), a file that is removed at once.
    /// </summary>
    internal static SafeFd OpenUnnamed(string directory, uint mode)
    {
        try
        {
            return Open(directory, OpenFlags.ReadWrite | OpenFlagsByArchitecture.Unnamed, mode);
        }
        catch (LinuxException exception) when (exception.Errno is Interop.Errno.EOPNOTSUPP or Interop.Errno.EISDIR)
        {
            string path = Path.Combine(directory, ".spill-" + Guid.NewGuid().ToString("N"));
            SafeFd file = Open(path, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlags.Exclusive | OpenFlagsByArchitecture.NoFollow, mode);
            _ = TryUnlink(path);
            return file;
        }
    }
}
