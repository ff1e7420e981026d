using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    private const int InotifyCloexecNonblock = 0x80800;

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int NativeInotifyInit(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int NativeInotifyAdd(SafeHandle inotify, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "inotify_rm_watch", SetLastError = true)]
    private static partial int NativeInotifyRemove(SafeHandle inotify, int watch);

    /// <summary>Opens a file whose absence is ordinary: null and the error number when it cannot be opened. See <see cref="Open"/>.</summary>
    internal static SafeFd? TryOpen(string path, OpenFlags flags, out int error)
    {
        int descriptor;
        do
        {
            descriptor = NativeOpen(path, (int)(flags | OpenFlags.CloseOnExec | OpenFlags.NoControllingTerminal), 0);
            error = descriptor < 0 ? LastError : 0;
        }
        while (error == Errno.EINTR);
        return descriptor < 0 ? null : new SafeFd(descriptor);
    }

    /// <summary>Refers to a process that may be gone: null and the error number when it is. See <see cref="PidfdOpen"/>.</summary>
    internal static SafeFd? TryPidfdOpen(int pid, out int error)
    {
        int descriptor = (int)NativeSyscall(PidfdOpenNumber, pid, 0, 0, 0);
        error = descriptor < 0 ? LastError : 0;
        return descriptor < 0 ? null : new SafeFd(descriptor);
    }

    /// <summary>See inotify_init1(2); the descriptor does not block.</summary>
    internal static SafeFd InotifyInit() => Own(NativeInotifyInit(InotifyCloexecNonblock), "inotify_init1");

    /// <summary>See inotify_add_watch(2). Returns the watch, the same one for the same file.</summary>
    internal static int InotifyAdd(SafeFd inotify, string path, InotifyMask mask) =>
        Check(NativeInotifyAdd(inotify, path, (uint)mask), "inotify_add_watch " + path);

    /// <summary>See inotify_rm_watch(2). It fails only where the watch has gone with its file.</summary>
    internal static void InotifyRemove(SafeFd inotify, int watch) => _ = NativeInotifyRemove(inotify, watch);
}
