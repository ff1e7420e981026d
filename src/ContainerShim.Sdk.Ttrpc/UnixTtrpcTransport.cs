using System.Net.Sockets;
using ContainerShim.Sdk.Ttrpc.Sockets;

namespace ContainerShim.Sdk.Ttrpc;

/// <summary>Makes transports out of unix stream sockets.</summary>
public static class UnixTtrpcTransport
{
    /// <summary>Connects to the socket at <paramref name="path"/>.</summary>
    /// <exception cref="SocketException">Nobody listens there, or it is not ours to connect to.</exception>
    public static async ValueTask<ITtrpcTransport> ConnectAsync(string path, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new SocketTransport(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Takes a connected stream socket, which it owns from here on.</summary>
    public static ITtrpcTransport FromSocket(Socket socket)
    {
        ArgumentNullException.ThrowIfNull(socket);
        return new SocketTransport(socket);
    }
}
