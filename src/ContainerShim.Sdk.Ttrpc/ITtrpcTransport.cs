using System.IO.Pipelines;

namespace ContainerShim.Sdk.Ttrpc;

/// <summary>One connection, as bytes in and bytes out. Implement it to carry ttrpc over something else than <see cref="UnixTtrpcListener"/>'s sockets.</summary>
/// <remarks>
/// The connection that takes a transport reads <see cref="IDuplexPipe.Input"/> from one thread at a time, likewise writes
/// <see cref="IDuplexPipe.Output"/>, and disposes of it at its end. Calls are dispatched on the thread that completes a read.
/// </remarks>
public interface ITtrpcTransport : IDuplexPipe, IAsyncDisposable
{
    /// <summary>The credentials of the peer, or <see langword="null"/> where there are none to have.</summary>
    TtrpcPeer? Peer { get; }

    /// <summary>Ends the connection at once, in both directions: pending reads and writes end or fail. Safe from any thread and more than once.</summary>
    void Abort();
}
