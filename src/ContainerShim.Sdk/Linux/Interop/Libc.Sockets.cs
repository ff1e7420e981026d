using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

internal static partial class Libc
{
    private const int MostDescriptorsInMessage = 32;

    [LibraryImport("libc", EntryPoint = "accept4", SetLastError = true)]
    private static partial int NativeAccept(SafeHandle socket, nint address, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recvmsg", SetLastError = true)]
    private static unsafe partial nint NativeReceiveMessage(SafeHandle socket, MessageHeader* message, int flags);

    /// <summary>See accept4(2); the connection is closed on exec and does not block.</summary>
    internal static SafeFd Accept(SafeHandle listener)
    {
        const int CloexecNonblock = 0x80800;
        return Own(NativeAccept(listener, 0, 0, CloexecNonblock), "accept4");
    }

    /// <summary>
    /// Receives a message of a unix socket with the descriptors that come along, all closed on exec and the caller's to close. More than
    /// there is room for are closed by the kernel, and told by <paramref name="truncated"/>.
    /// </summary>
    internal static unsafe int ReceiveDescriptors(SafeHandle socket, Span<byte> data, List<SafeFd> descriptors, out bool truncated)
    {
        const int DoNotWait = 0x40;
        const int CloseOnExec = 0x40000000;
        const int ControlTruncated = 0x8;
        int room = sizeof(ControlHeader) + (MostDescriptorsInMessage * sizeof(int));
        byte* control = stackalloc byte[room];
        fixed (byte* start = data)
        {
            IoVector vector = new() { Start = start, Length = (nuint)data.Length };
            MessageHeader message = new() { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = (nuint)room };
            nint count;
            do
            {
                count = NativeReceiveMessage(socket, &message, DoNotWait | CloseOnExec);
            }
            while (count < 0 && LastError == Errno.EINTR);
            int result = Check((int)count, "recvmsg");
            truncated = (message.Flags & ControlTruncated) != 0;
            TakeDescriptors(control, (int)message.ControlLength, descriptors);
            return result;
        }
    }

    private static unsafe void TakeDescriptors(byte* control, int length, List<SafeFd> descriptors)
    {
        const int SocketLevel = 1;
        const int Rights = 1;
        int offset = 0;
        while (offset + sizeof(ControlHeader) <= length)
        {
            ControlHeader* header = (ControlHeader*)(control + offset);
            int size = (int)Math.Min(header->Length, (nuint)(length - offset));
            if (header->Level == SocketLevel && header->Type == Rights)
            {
                for (int at = sizeof(ControlHeader); at + sizeof(int) <= size; at += sizeof(int))
                {
                    descriptors.Add(new SafeFd(*(int*)(control + offset + at)));
                }
            }

            // CMSG_ALIGN: to the size of a long. A length below the header's would never get on.
            offset += Math.Max((size + 7) & ~7, sizeof(ControlHeader));
        }
    }

    /// <summary>struct iovec</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct IoVector
    {
        internal byte* Start;
        internal nuint Length;
    }

    /// <summary>struct msghdr of glibc</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal unsafe struct MessageHeader
    {
        internal byte* Name;
        internal uint NameLength;
        internal IoVector* Vectors;
        internal nuint VectorCount;
        internal byte* Control;
        internal nuint ControlLength;
        internal int Flags;
    }

    /// <summary>struct cmsghdr</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal struct ControlHeader
    {
        internal nuint Length;
        internal int Level;
        internal int Type;
    }
}
