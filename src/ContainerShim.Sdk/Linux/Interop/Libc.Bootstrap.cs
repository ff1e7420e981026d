using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    [LibraryImport("libc", EntryPoint = "getppid")]
    internal static partial int GetParentPid();

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int NativeLock(SafeHandle descriptor, int operation);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    private static partial int NativeDuplicateTo(SafeHandle source, int target);

    /// <summary>Waits for an exclusive lock, see flock(2).</summary>
    internal static void LockExclusively(SafeHandle descriptor)
    {
        const int Exclusive = 2;
        while (NativeLock(descriptor, Exclusive) < 0)
        {
            if (LastError != Errno.EINTR)
            {
                throw new LinuxException(LastError, "flock");
            }
        }
    }

    /// <summary>Takes an exclusive lock if nobody else has it.</summary>
    internal static bool TryLockExclusively(SafeHandle descriptor)
    {
        const int ExclusiveNonBlocking = 2 | 4;
        return NativeLock(descriptor, ExclusiveNonBlocking) >= 0
            || (LastError == Errno.EAGAIN ? false : throw new LinuxException(LastError, "flock"));
    }

    /// <summary>What a path refers to, links not followed.</summary>
    internal static FileKind KindOf(string path)
    {
        const int KindBits = 0xF000;
        try
        {
            return (FileKind)(Stat(path, followLink: false).Mode & KindBits);
        }
        catch (LinuxException e) when (e.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            return FileKind.None;
        }
    }

    /// <summary>Makes a standard descriptor refer to what another refers to. See dup2(2).</summary>
    internal static void DuplicateTo(SafeHandle source, int target) => Check(NativeDuplicateTo(source, target), "dup2");

    /// <summary>Gives this process group a core scheduling cookie of its own. See prctl(2), PR_SCHED_CORE, Linux 5.14.</summary>
    internal static void CreateCoreSchedulingGroup()
    {
        const int SchedCore = 62;
        const int Create = 1;
        const int ProcessGroup = 2;
        Check(NativeProcessControl(SchedCore, Create, 0, ProcessGroup, 0), "prctl PR_SCHED_CORE");
    }
}
