using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeMemoryFile(string name, uint flags);

    [LibraryImport("libc", EntryPoint = "lseek64", SetLastError = true)]
    private static partial long NativeSeek(SafeHandle descriptor, long offset, int origin);

    /// <summary>A file without a name in memory, closed on exec. See memfd_create(2), Linux 3.17.</summary>
    internal static SafeFileHandle MemoryFile(string name)
    {
        const uint CloseOnExec = 1;
        return new SafeFileHandle(Check(NativeMemoryFile(name, CloseOnExec), "memfd_create"), ownsHandle: true);
    }

    /// <summary>The same with a size that it cannot outgrow: writes beyond fail with <c>EPERM</c>. See F_SEAL_GROW in fcntl(2), Linux 3.17.</summary>
    internal static SafeFileHandle MemoryFile(string name, long size)
    {
        const uint CloseOnExec = 1;
        const uint AllowSealing = 2;
        const int AddSeals = 1033;
        const int SealGrow = 4;
        SafeFileHandle file = new(Check(NativeMemoryFile(name, CloseOnExec | AllowSealing), "memfd_create"), ownsHandle: true);
        try
        {
            Check(NativeTruncate(file, size), "ftruncate");
            Check(NativeFcntl(file, AddSeals, SealGrow), "fcntl F_ADD_SEALS");
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Where the next read or write takes place, for all who share the open file description. See lseek(2).</summary>
    internal static long Position(SafeHandle file)
    {
        const int FromCurrent = 1;
        long position = NativeSeek(file, 0, FromCurrent);
        return position >= 0 ? position : throw new LinuxException(LastError, "lseek");
    }

    /// <summary>A file in memory that may be executed, which has to be asked for since Linux 6.3 (vm.memfd_noexec).</summary>
    /// <exception cref="LinuxException"><c>EACCES</c>: forbidden on this system.</exception>
    internal static SafeFileHandle ExecutableMemoryFile(string name)
    {
        const uint CloseOnExec = 1;
        const uint Executable = 0x10;
        int descriptor = NativeMemoryFile(name, CloseOnExec | Executable);
        return descriptor < 0 && LastError == Errno.EINVAL
            ? MemoryFile(name)
            : new SafeFileHandle(Check(descriptor, "memfd_create"), ownsHandle: true);
    }
}
