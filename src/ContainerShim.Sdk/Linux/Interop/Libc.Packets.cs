using System.Runtime.InteropServices;
using System.Text;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary>Unix sockets that keep the bounds of messages (<c>SOCK_SEQPACKET</c>), and descriptors sent over them.</summary>
internal static partial class Libc
{
    private const int UnixFamily = 1;
    private const int SequencedPackets = 5;
    private const int CloexecNonblockSocket = 0x80800;
    private const int SocketAddressSize = 110;

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    private static partial int NativeSocket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "bind", SetLastError = true)]
    private static unsafe partial int NativeBind(SafeHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "listen", SetLastError = true)]
    private static partial int NativeListen(SafeHandle socket, int backlog);

    [LibraryImport("libc", EntryPoint = "connect", SetLastError = true)]
    private static unsafe partial int NativeConnect(SafeHandle socket, byte* address, uint length);

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static unsafe partial nint NativeSendMessage(SafeHandle socket, MessageHeader* message, int flags);

    [LibraryImport("libc", EntryPoint = "getsockopt", SetLastError = true)]
    private static unsafe partial int NativeGetSocketOption(SafeHandle socket, int level, int name, void* value, uint* length);

    [LibraryImport("libc", EntryPoint = "fchmod", SetLastError = true)]
    private static partial int NativeChangeMode(SafeHandle descriptor, uint mode);

    /// <summary>Listens on a new socket file of mode 0600, whatever the umask: the mode is the socket's before it gets its name.</summary>
    internal static unsafe SafeFd ListenForPackets(string path)
    {
        const uint OwnerOnly = 0x180;
        const int Backlog = 8;
        SafeFd socket = Own(NativeSocket(UnixFamily, SequencedPackets | CloexecNonblockSocket, 0), "socket");
        try
        {
            byte* address = stackalloc byte[SocketAddressSize];
            Check(NativeChangeMode(socket, OwnerOnly), "fchmod");
            Check(NativeBind(socket, address, WriteAddress(path, address)), "bind " + path);
            Check(NativeListen(socket, Backlog), "listen " + path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Connects to a socket file; the connection does not block.</summary>
    internal static unsafe SafeFd ConnectForPackets(string path)
    {
        SafeFd socket = Own(NativeSocket(UnixFamily, SequencedPackets | CloexecNonblockSocket, 0), "socket");
        try
        {
            byte* address = stackalloc byte[SocketAddressSize];
            Check(NativeConnect(socket, address, WriteAddress(path, address)), "connect " + path);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>The user whose process listens on the other side of a connection. See unix(7), SO_PEERCRED.</summary>
    internal static unsafe uint PeerUserId(SafeHandle socket)
    {
        const int SocketLevel = 1;
        const int PeerCredentials = 17;
        uint* credentials = stackalloc uint[3];
        uint length = 3 * sizeof(uint);
        Check(NativeGetSocketOption(socket, SocketLevel, PeerCredentials, credentials, &length), "getsockopt SO_PEERCRED");
        return credentials[1];
    }

    /// <summary>Sends one packet with descriptors, which stay the caller's. Returns the error number: <c>EAGAIN</c> when there is no room.</summary>
    internal static unsafe int SendPacket(SafeHandle socket, ReadOnlySpan<byte> data, ReadOnlySpan<SafeHandle> descriptors)
    {
        const int DoNotWaitNoSignal = 0x40 | 0x4000;
        int size = sizeof(ControlHeader) + (descriptors.Length * sizeof(int));
        byte* control = stackalloc byte[size + 8];
        int pinned = 0;
        try
        {
            ControlHeader* header = (ControlHeader*)control;
            *header = new ControlHeader { Length = (nuint)size, Level = 1, Type = 1 };
            foreach (SafeHandle descriptor in descriptors)
            {
                bool referenced = false;
                descriptor.DangerousAddRef(ref referenced);
                ((int*)(control + sizeof(ControlHeader)))[pinned++] = (int)descriptor.DangerousGetHandle();
            }

            fixed (byte* start = data)
            {
                IoVector vector = new() { Start = start, Length = (nuint)data.Length };
                MessageHeader message = new() { Vectors = &vector, VectorCount = 1 };
                if (!descriptors.IsEmpty)
                {
                    message.Control = control;
                    message.ControlLength = (nuint)((size + 7) & ~7);
                }

                nint count;
                do
                {
                    count = NativeSendMessage(socket, &message, DoNotWaitNoSignal);
                }
                while (count < 0 && LastError == Errno.EINTR);
                return count >= 0 ? 0 : LastError;
            }
        }
        finally
        {
            for (int i = 0; i < pinned; i++)
            {
                descriptors[i].DangerousRelease();
            }
        }
    }

    private static unsafe uint WriteAddress(string path, byte* address)
    {
        int length = Encoding.UTF8.GetByteCount(path);
        if (length > SocketAddressSize - sizeof(ushort) - 1)
        {
            throw new LinuxException(Errno.EINVAL, "socket " + path);
        }

        new Span<byte>(address, SocketAddressSize).Clear();
        *(ushort*)address = UnixFamily;
        Encoding.UTF8.GetBytes(path, new Span<byte>(address + sizeof(ushort), length));
        return (uint)(sizeof(ushort) + length + 1);
    }
}
