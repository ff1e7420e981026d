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

    /// <summary>An inherited descriptor has lost the flag; without it every child would inherit it again.</summary>
    internal static void SetCloseOnExec(SafeHandle descriptor)
    {
        if (Libc.FileControl(descriptor, Libc.SetDescriptorFlags, Libc.CloseOnExec) < 0)
        {
            throw new SocketException(Marshal.GetLastPInvokeError());
        }
    }
}
