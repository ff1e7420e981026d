using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    private const int EpollCloexec = 0x80000;
    private const int EventFdCloexecNonblock = 0x80800;

    [LibraryImport("libc", EntryPoint = "epoll_create1", SetLastError = true)]
    private static partial int NativeEpollCreate(int flags);

    [LibraryImport("libc", EntryPoint = "epoll_ctl", SetLastError = true)]
    private static unsafe partial int NativeEpollControl(SafeHandle epoll, int operation, SafeHandle descriptor, byte* settings);

    [LibraryImport("libc", EntryPoint = "epoll_wait", SetLastError = true)]
    private static unsafe partial int NativeEpollWait(SafeHandle epoll, byte* events, int capacity, int timeout);

    [LibraryImport("libc", EntryPoint = "eventfd", SetLastError = true)]
    private static partial int NativeEventFd(uint initial, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static unsafe partial int NativePoll(PollFd* descriptors, nuint count, int timeout);

    /// <summary>See epoll_create1(2).</summary>
    internal static SafeFd EpollCreate() => Own(NativeEpollCreate(EpollCloexec), "epoll_create1");

    /// <summary>See eventfd(2); the descriptor does not block.</summary>
    internal static SafeFd EventFd() => Own(NativeEventFd(0, EventFdCloexecNonblock), "eventfd");

    /// <summary>See epoll_ctl(2). Returns the error number, 0 for success.</summary>
    internal static unsafe int EpollControl(SafeHandle epoll, EpollOperation operation, SafeHandle descriptor, PollEvents events, ulong token)
    {
        byte* settings = stackalloc byte[EpollBuffer.LargestEntrySize];
        EpollBuffer.Write(settings, events, token);
        return NativeEpollControl(epoll, (int)operation, descriptor, settings) == 0 ? 0 : LastError;
    }

    /// <summary>See epoll_wait(2). Returns the number of entries; none when a signal came.</summary>
    internal static unsafe int EpollWait(SafeHandle epoll, EpollBuffer buffer, int timeout)
    {
        fixed (byte* events = buffer.Bytes)
        {
            int count = NativeEpollWait(epoll, events, buffer.Capacity, timeout);
            return count >= 0 || LastError != Errno.EINTR ? Check(count, "epoll_wait") : 0;
        }
    }

    /// <summary>What a descriptor is ready for at this moment, see poll(2).</summary>
    internal static unsafe PollEvents PollNow(SafeHandle descriptor, PollEvents interest)
    {
        bool referenced = false;
        try
        {
            descriptor.DangerousAddRef(ref referenced);
            PollFd entry = new() { Descriptor = (int)descriptor.DangerousGetHandle(), Events = (short)interest };
            int result;
            do
            {
                result = NativePoll(&entry, 1, 0);
            }
            while (result < 0 && LastError == Errno.EINTR);
            Check(result, "poll");
            return (PollEvents)(ushort)entry.ReturnedEvents;
        }
        finally
        {
            if (referenced)
            {
                descriptor.DangerousRelease();
            }
        }
    }

    /// <summary>struct pollfd</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct PollFd
    {
        internal int Descriptor;
        internal short Events;
        internal short ReturnedEvents;
    }
}
