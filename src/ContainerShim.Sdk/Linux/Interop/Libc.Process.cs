using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    private const int PidfdSendSignalNumber = 424;
    private const int PidfdOpenNumber = 434;
    private const int CloseRangeNumber = 436;

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static unsafe partial int NativeWaitId(int idType, int id, SignalInfo* info, int options);

    [LibraryImport("libc", EntryPoint = "signal", SetLastError = true)]
    private static partial nint NativeSignal(int signal, nint handler);

    [LibraryImport("libc", EntryPoint = "sigaction", SetLastError = true)]
    private static unsafe partial int NativeSignalAction(int signal, byte* action, byte* old);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int NativeProcessControl(int option, nint first, nint second, nint third, nint fourth);

    [LibraryImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    private static unsafe partial int NativeLimit(int pid, int resource, ResourceLimit* newLimit, ResourceLimit* oldLimit);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int NativeKill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "getsid")]
    private static partial int NativeSession(int pid);

    /// <summary>The session of a process, 0 for this one; -1 when there is no such process. See getsid(2).</summary>
    internal static int SessionOf(int pid) => NativeSession(pid);

    /// <summary>A descriptor that refers to a process, closed on exec. See pidfd_open(2), Linux 5.3.</summary>
    internal static SafeFd PidfdOpen(int pid) => Own((int)NativeSyscall(PidfdOpenNumber, pid, 0, 0, 0), $"pidfd_open {pid}");

    /// <summary>See pidfd_send_signal(2), Linux 5.1. Returns the error number, 0 for success.</summary>
    internal static int PidfdSendSignal(SafeFd pidfd, int signal)
    {
        bool referenced = false;
        try
        {
            pidfd.DangerousAddRef(ref referenced);
            return NativeSyscall(PidfdSendSignalNumber, pidfd.Number, signal, 0, 0) == 0 ? 0 : LastError;
        }
        finally
        {
            if (referenced)
            {
                pidfd.DangerousRelease();
            }
        }
    }

    /// <summary>
    /// Looks at a child without waiting, and collects it unless the options say <see cref="WaitOptions.Peek"/>. Returns the error
    /// number; 0 with an <see cref="SignalInfo.Pid"/> of 0 means that it still runs. See waitid(2); P_PIDFD is of Linux 5.4.
    /// </summary>
    internal static unsafe int WaitId(WaitTarget target, int id, WaitOptions options, out SignalInfo info)
    {
        SignalInfo result = default;
        int failed;
        do
        {
            failed = NativeWaitId((int)target, id, &result, (int)options);
        }
        while (failed != 0 && LastError == Errno.EINTR);
        info = result;
        return failed == 0 ? 0 : LastError;
    }

    /// <summary>Collects the child behind a pidfd if it has ended; see <see cref="WaitId"/>.</summary>
    internal static int CollectPidfd(SafeFd pidfd, out SignalInfo info)
    {
        bool referenced = false;
        try
        {
            pidfd.DangerousAddRef(ref referenced);
            return WaitId(WaitTarget.Pidfd, pidfd.Number, WaitOptions.Collect, out info);
        }
        finally
        {
            if (referenced)
            {
                pidfd.DangerousRelease();
            }
        }
    }

    /// <summary>What the kernel remembers of the process behind a pidfd; false where it offers no such call (before Linux 6.13).</summary>
    internal static unsafe bool TryGetPidfdInfo(SafeFd pidfd, ulong mask, out PidfdInfo info)
    {
        PidfdInfo result = new() { Mask = mask };
        int failed = NativeIoctl(pidfd, PidfdInfo.GetInfoRequest, &result);
        info = result;
        return failed == 0;
    }

    /// <summary>Marks all descriptors from a number on as closed on exec. See close_range(2), Linux 5.11 with this flag. Returns the error number.</summary>
    internal static int CloseOnExecFrom(int first)
    {
        const int CloseRangeCloexec = 4;
        return NativeSyscall(CloseRangeNumber, first, unchecked((nint)uint.MaxValue), CloseRangeCloexec, 0) == 0 ? 0 : LastError;
    }

    /// <summary>Sets what a signal does: 0 for the default, 1 to ignore it. See signal(2).</summary>
    internal static void SetDisposition(int signal, nint handler)
    {
        if (NativeSignal(signal, handler) == -1)
        {
            throw new LinuxException(LastError, $"signal {signal}");
        }
    }

    /// <summary>Whether this process ignores a signal.</summary>
    internal static unsafe bool IsIgnored(int signal)
    {
        // struct sigaction of glibc: the handler is its first member; 152 bytes on x64 and arm64.
        byte* old = stackalloc byte[256];
        Check(NativeSignalAction(signal, null, old), "sigaction");
        return *(nint*)old == 1;
    }

    /// <summary>See prctl(2).</summary>
    internal static int ProcessControl(int option, nint argument) =>
        Check(NativeProcessControl(option, argument, 0, 0, 0), $"prctl {option}");

    /// <summary>The soft and the hard limit of open descriptors of this process.</summary>
    internal static unsafe ResourceLimit GetDescriptorLimit()
    {
        ResourceLimit limit;
        Check(NativeLimit(0, ResourceLimit.OpenFiles, null, &limit), "prlimit");
        return limit;
    }

    /// <summary>Sets the limit of open descriptors of this process.</summary>
    internal static unsafe void SetDescriptorLimit(ResourceLimit limit) =>
        Check(NativeLimit(0, ResourceLimit.OpenFiles, &limit, null), "prlimit");

    /// <summary>Signals a child that has not been collected, so that its pid is sure to be its own. Returns the error number.</summary>
    internal static int KillChild(int pid, int signal) => NativeKill(pid, signal) == 0 ? 0 : LastError;

    /// <summary>Signals a process group whose leader has not been collected; see kill(2). Returns the error number.</summary>
    internal static int KillGroup(int leader, int signal) => KillChild(-leader, signal);

    /// <summary>Sets the name that ps(1) shows for this thread, the process's when called on the first. See PR_SET_NAME.</summary>
    internal static unsafe void SetThreadName(string name)
    {
        const int SetName = 15;
        byte[] text = System.Text.Encoding.UTF8.GetBytes(name + "\0");
        fixed (byte* start = text)
        {
            ProcessControl(SetName, (nint)start);
        }
    }
}
