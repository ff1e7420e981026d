using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;

namespace ContainerShim.Sdk.Grpc;

/// <summary>Makes channels to containerd's gRPC socket.</summary>
internal static class ContainerdChannel
{
    /// <summary>containerd's own limit of a message, in both directions (defaults.DefaultMaxRecvMsgSize).</summary>
    private const int MessageLimit = 16 * 1024 * 1024;

    private const string Scheme = "unix://";

    /// <summary>The metadata that carries the namespace of a call (containerd's namespaces package).</summary>
    private const string NamespaceKey = "containerd-namespace";

    /// <param name="address">A path, or the same as a <c>unix://</c> URI.</param>
    /// <remarks>It connects at the first call, and again at the next call after the connection was lost: there is no back-off of its own.</remarks>
    public static GrpcChannel Create(string address)
    {
        ArgumentException.ThrowIfNullOrEmpty(address);
        UnixDomainSocketEndPoint endPoint = new(address.StartsWith(Scheme, StringComparison.Ordinal) ? address[Scheme.Length..] : address);
        return GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = new SocketsHttpHandler
            {
                UseProxy = false,
                ActivityHeadersPropagator = null,
                ConnectCallback = (_, cancellationToken) => ConnectAsync(endPoint, cancellationToken),
            },
            DisposeHttpClient = true,
            MaxReceiveMessageSize = MessageLimit,
            MaxSendMessageSize = MessageLimit,
        });
    }

    public static Metadata Headers(string containerdNamespace) => new() { { NamespaceKey, containerdNamespace } };

    private static async ValueTask<Stream> ConnectAsync(UnixDomainSocketEndPoint endPoint, CancellationToken cancellationToken)
    {
        Socket socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(endPoint, cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
