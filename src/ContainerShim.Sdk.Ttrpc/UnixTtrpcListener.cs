using System.Net.Sockets;
using ContainerShim.Sdk.Ttrpc.Interop;
using ContainerShim.Sdk.Ttrpc.Sockets;

namespace ContainerShim.Sdk.Ttrpc;

/// <summary>Listens on a unix stream socket.</summary>
public sealed class UnixTtrpcListener : ITtrpcListener
{
    // Go's, too. A connect that does not block fails with EAGAIN on a full backlog (connect(2)); the kernel caps this at net.core.somaxconn.
    private const int DefaultBacklog = 4096;

    // See socket(7); asking a descriptor that is no socket fails with ENOTSOCK, which Socket itself would find out only when it accepts.
    private const int SolSocket = 1;
    private const int SoAcceptConn = 30;

    private readonly Socket _socket;
    private readonly string? _unlink;

    private UnixTtrpcListener(Socket socket, string? unlink)
    {
        _socket = socket;
        _unlink = unlink;
    }

    /// <summary>Binds <paramref name="path"/> with mode 0600 and listens.</summary>
    /// <remarks>
    /// The mode is set on the socket before bind, so there is no moment in which another user could connect, whatever the umask. What already
    /// exists under the path is the caller's business; so is the mode of the directory.
    /// </remarks>
    /// <param name="path">At most 107 bytes (unix(7)).</param>
    /// <param name="unlinkOnDispose">Whether <see cref="DisposeAsync"/> removes the path. Leave it when another process takes the socket over.</param>
    /// <param name="backlog">How many connections the kernel holds before they are accepted; 4096 by default.</param>
    /// <exception cref="SocketException">The path exists already, or cannot be created.</exception>
    public static UnixTtrpcListener Listen(string path, bool unlinkOnDispose = true, int backlog = DefaultBacklog)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            Descriptors.SetMode(socket.SafeHandle, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            socket.Bind(new UnixPathEndPoint(path));
            socket.Listen(backlog);
            return new UnixTtrpcListener(socket, unlinkOnDispose ? path : null);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Adopts a socket that listens already, for example one inherited as descriptor 3.</summary>
    /// <param name="handle">Owned by the listener from here on, also when this throws; it is made close-on-exec. Its path is not removed at the end.</param>
    /// <exception cref="SocketException">The descriptor is not an open socket, or does not listen.</exception>
    public static UnixTtrpcListener FromHandle(SafeSocketHandle handle)
    {
        ArgumentNullException.ThrowIfNull(handle);
        try
        {
            Descriptors.SetCloseOnExec(handle);
            Socket socket = new(handle);
            RequireListening(socket);
            return new UnixTtrpcListener(socket, null);
        }
        catch
        {
            handle.Dispose();
            throw;
        }
    }

    /// <summary>The listening socket's handle, to pass it to a child process. The listener goes on owning it.</summary>
    public SafeSocketHandle Handle => _socket.SafeHandle;

    /// <inheritdoc/>
    public async ValueTask<ITtrpcTransport?> AcceptAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            return new SocketTransport(await _socket.AcceptAsync(cancellationToken).ConfigureAwait(false));
        }
        catch (ObjectDisposedException)
        {
            return null;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.OperationAborted)
        {
            return null;
        }
    }

    /// <summary>Stops listening and removes the path if asked to at <see cref="Listen"/>.</summary>
    public ValueTask DisposeAsync()
    {
        if (_unlink is not null && !_socket.SafeHandle.IsClosed)
        {
            try
            {
                File.Delete(_unlink);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // A directory that is gone or was made read-only leaves nothing worth failing for.
            }
        }

        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private static void RequireListening(Socket socket)
    {
        Span<byte> listens = stackalloc byte[sizeof(int)];
        if (socket.GetRawSocketOption(SolSocket, SoAcceptConn, listens) != listens.Length || BitConverter.ToInt32(listens) == 0)
        {
            throw new SocketException((int)SocketError.InvalidArgument);
        }
    }
}
