namespace ContainerShim.Sdk.Ttrpc;

/// <summary>Where connections come from. <see cref="UnixTtrpcListener"/> is the usual one.</summary>
public interface ITtrpcListener : IAsyncDisposable
{
    /// <summary>Waits for the next connection.</summary>
    /// <returns>The connection, or <see langword="null"/> when there will be no more.</returns>
    /// <exception cref="System.Net.Sockets.SocketException">This attempt failed, for example for want of descriptors (EMFILE); the server tries again later.</exception>
    ValueTask<ITtrpcTransport?> AcceptAsync(CancellationToken cancellationToken = default);
}
