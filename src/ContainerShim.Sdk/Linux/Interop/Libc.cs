using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary>
/// The system calls in use, cut by topic over the files of this folder. Wrappers throw <see cref="LinuxException"/> unless they say
/// that they return an error number, and repeat a call that a signal interrupted.
/// </summary>
internal static partial class Libc
{
    /// <summary>The error number of the last call, as the marshaller kept it.</summary>
    private static int LastError => Marshal.GetLastPInvokeError();

    /// <summary>The result, or an exception for -1.</summary>
    private static int Check(int result, string operation) => result >= 0 ? result : throw new LinuxException(LastError, operation);

    /// <summary>A handle for a new descriptor, or an exception for -1.</summary>
    private static SafeFd Own(int descriptor, string operation) => new(Check(descriptor, operation));

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int NativeClose(int descriptor);

    // glibc got wrappers for these calls only lately (pidfd_open 2.36, close_range 2.34); the numbers are those of every architecture
    // with the generic table and of x64.
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint NativeSyscall(nint number, nint first, nint second, nint third, nint fourth);

    /// <summary>Closes a descriptor; errors are of no use, it is closed in any case on Linux.</summary>
    internal static void Close(int descriptor) => _ = NativeClose(descriptor);
}
