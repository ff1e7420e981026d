using System.Runtime.InteropServices;

namespace EmbeddedHost.Containers;

/// <summary>Signals to a process that cannot reach another with the same pid; see pidfd_open(2).</summary>
internal static partial class ProcessSignal
{
    /// <summary>The same on all architectures.</summary>
    private const nint PidfdSendSignal = 424;

    private const nint PidfdOpen = 434;

    /// <summary>Does nothing when it has ended.</summary>
    public static void Send(ProcessIdentity process, int signal)
    {
        int descriptor = (int)SystemCall(PidfdOpen, process.Pid, 0, 0, 0);
        if (descriptor < 0)
        {
            return;
        }

        using Microsoft.Win32.SafeHandles.SafeFileHandle pidfd = new(descriptor, ownsHandle: true);
        if (process.IsAlive)
        {
            _ = SystemCall(PidfdSendSignal, descriptor, signal, 0, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third, nint fourth);
}
