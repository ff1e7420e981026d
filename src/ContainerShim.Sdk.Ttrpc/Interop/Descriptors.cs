using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Ttrpc.Interop;

internal static class Descriptors
{
    /// <summary>fchmod on a socket; bind(2) on Linux then creates the path with this mode, whatever the umask is.</summary>
    internal static void SetMode(SafeSocketHandle socket, UnixFileMode mode)
    {
        bool held = false;
        try
        {
            socket.DangerousAddRef(ref held);
            using SafeFileHandle borrowed = new(socket.DangerousGetHandle(), ownsHandle: false);
            File.SetUnixFileMode(borrowed, mode);
        }
        finally
        {
            if (held)
            {
                socket.DangerousRelease();
            }
        }
    }

    /// <summary>Waits until there is something to read, or the socket is disposed of, which shuts it down. Returns 0 at the end.</summary>
    /// <exception cref="IOException">The connection is broken.</exception>
    /// <exception cref="ObjectDisposedException">The socket was disposed of before.</exception>
    internal static int Receive(SafeSocketHandle socket, Span<byte> buffer)
    {
        bool held = false;
        try
        {
            socket.DangerousAddRef(ref held);
            int descriptor = (int)socket.DangerousGetHandle();
            while (true)
            {
                // The runtime may have made it a descriptor that does not block.
                Libc.PollEntry entry = new() { Descriptor = descriptor, Events = Libc.Readable };
                nint count = Libc.Poll(ref entry, 1, -1) < 0 ? -1 : Libc.Receive(descriptor, buffer, buffer.Length, Libc.DoNotWait);
                if (count >= 0)
                {
                    return (int)count;
                }

                int error = Marshal.GetLastPInvokeError();
                if (error is not (Libc.Interrupted or Libc.WouldBlock))
                {
                    throw new IOException($"recv: {Marshal.GetPInvokeErrorMessage(error)}");
                }
            }
        }
        finally
        {
            if (held)
            {
                socket.DangerousRelease();
            }
        }
    }

    /// <summary>An inherited descriptor has lost the flag; without it every child would inherit it again.</summary>
    internal static void SetCloseOnExec(SafeHandle descriptor)
    {
        if (Libc.FileControl(descriptor, Libc.SetDescriptorFlags, Libc.CloseOnExec) < 0)
        {
            throw new SocketException(Marshal.GetLastPInvokeError());
        }
    }
}
