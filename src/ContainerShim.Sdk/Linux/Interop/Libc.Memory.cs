using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    [LibraryImport("libc", EntryPoint = "memfd_create", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeMemoryFile(string name, uint flags);

    /// <summary>A file without a name in memory, closed on exec. See memfd_create(2), Linux 3.17.</summary>
    internal static SafeFileHandle MemoryFile(string name)
    {
        const uint CloseOnExec = 1;
        return new SafeFileHandle(Check(NativeMemoryFile(name, CloseOnExec), "memfd_create"), ownsHandle: true);
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
