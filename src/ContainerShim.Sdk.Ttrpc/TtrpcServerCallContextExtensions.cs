using ContainerShim.Sdk.Ttrpc.Serving;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc;

/// <summary>What ttrpc knows of a call beyond what gRPC asks for.</summary>
public static class TtrpcServerCallContextExtensions
{
    /// <summary>The credentials of the peer that made the call; null where there are none, or the call came over another protocol.</summary>
    public static TtrpcPeer? GetTtrpcPeer(this ServerCallContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        return (context as ServerCall)?.Credentials;
    }
}
