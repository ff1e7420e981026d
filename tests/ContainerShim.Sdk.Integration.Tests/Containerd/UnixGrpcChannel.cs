using System.Net.Sockets;
using Grpc.Net.Client;

namespace ContainerShim.Sdk.Integration.Tests.Containerd;

/// <summary>gRPC over containerd's socket, for the services of which the tests compile a part of their own.</summary>
internal static class UnixGrpcChannel
{
    public static GrpcChannel To(string address)
    {
        SocketsHttpHandler handler = new() { ConnectCallback = (_, cancellationToken) => ConnectAsync(address, cancellationToken) };
        return GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true });
    }

    private static async ValueTask<Stream> ConnectAsync(string address, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(address), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
