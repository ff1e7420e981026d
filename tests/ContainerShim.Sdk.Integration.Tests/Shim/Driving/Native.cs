using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>The few calls that containerd makes and the framework lacks.</summary>
internal static partial class Native
{
    public const int SigHup = 1;
    public const int SigInt = 2;
    public const int SigKill = 9;
    public const int SigUsr1 = 10;
    public const int SigPipe = 13;
    public const int SigTerm = 15;

    private const int ReadWrite = 2;
    private const int WriteOnly = 1;
    private const int NonBlocking = 0x800;
    private const int CloseOnExec = 0x80000;

    // Numbers of x86-64; the framework's wrappers would change all threads.
    private const long SetEffectiveUser = 117;
    private const long SetEffectiveGroup = 119;

    public static void MakeFifo(string path)
    {
        if (MkFifo(path, 0x1C0) != 0)
        {
            throw new IOException($"mkfifo {path}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    public static void Signal(int pid, int signal)
    {
        if (Kill(pid, signal) != 0)
        {
            throw new IOException($"kill {pid} {signal}: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>Opens a FIFO for both directions, which neither waits for nor notices another end.</summary>
    public static SafeFileHandle OpenBothWays(string path) => Open(path, ReadWrite | NonBlocking | CloseOnExec);

    /// <summary>Opens a FIFO for writing, or returns null when nobody reads it.</summary>
    public static SafeFileHandle? TryOpenWriter(string path)
    {
        SafeFileHandle handle = Open(path, WriteOnly | NonBlocking | CloseOnExec);
        return handle.IsInvalid ? null : handle;
    }

    /// <summary>Reads what is there, up to the length of the buffer; nothing is no error.</summary>
    public static unsafe int ReadAvailable(SafeFileHandle handle, Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            return (int)Math.Max(0, Read(handle, start, buffer.Length));
        }
    }

    /// <summary>Writes what fits.</summary>
    public static unsafe void WriteAvailable(SafeFileHandle handle, ReadOnlySpan<byte> content)
    {
        fixed (byte* start = content)
        {
            _ = Write(handle, start, content.Length);
        }
    }

    /// <summary>Makes the calling thread act as another user or group; file access follows, capabilities are lost with user 0.</summary>
    public static void BecomeOnThisThread(int user, int group)
    {
        if (SystemCall(SetEffectiveGroup, -1, group, -1) != 0 || SystemCall(SetEffectiveUser, -1, user, -1) != 0)
        {
            throw new InvalidOperationException($"setresuid: {Marshal.GetLastPInvokeErrorMessage()}");
        }
    }

    /// <summary>The core scheduling cookie of a process, 0 for none; null where the kernel or the machine has no core scheduling.</summary>
    public static unsafe ulong? CoreSchedulingCookie(int pid)
    {
        const int SchedCore = 62;
        const nuint Get = 0;
        ulong cookie = 0;
        return ProcessControl(SchedCore, Get, (nuint)pid, 0, &cookie) == 0 ? cookie : null;
    }

    [LibraryImport("libc", EntryPoint = "mkfifo", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int MkFifo(string path, uint mode);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial SafeFileHandle Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static unsafe partial nint Read(SafeFileHandle handle, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static unsafe partial nint Write(SafeFileHandle handle, byte* buffer, nint count);

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static unsafe partial int ProcessControl(int option, nuint command, nuint pid, nuint kind, ulong* result);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long SystemCall(long number, long real, long effective, long saved);
}
