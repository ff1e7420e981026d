using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Ttrpc.Interop;

internal static partial class Libc
{
    internal const int SetDescriptorFlags = 2;
    internal const int CloseOnExec = 1;

    internal const int Interrupted = 4;
    internal const int WouldBlock = 11;
    internal const int DoNotWait = 0x40;
    internal const short Readable = 1;

    /// <summary>See geteuid(2); it cannot fail.</summary>
    [LibraryImport("libc", EntryPoint = "geteuid")]
    internal static partial uint GetEffectiveUserId();

    /// <summary>See getegid(2); it cannot fail.</summary>
    [LibraryImport("libc", EntryPoint = "getegid")]
    internal static partial uint GetEffectiveGroupId();

    /// <summary>See fcntl(2), F_SETFD.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    internal static partial int FileControl(SafeHandle descriptor, int command, int argument);

    /// <summary>See recv(2).</summary>
    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    internal static partial nint Receive(int descriptor, Span<byte> buffer, nint length, int flags);

    /// <summary>See poll(2); a negative timeout is none.</summary>
    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    internal static partial int Poll(ref PollEntry entry, nuint count, int timeout);

    /// <summary>struct pollfd.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollEntry
    {
        internal int Descriptor;
        internal short Events;
        internal short Returned;
    }
}
