using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Ttrpc;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Services;

/// <summary>
/// Serves a task service on a unix socket exactly as a shim binary does, from inside any process: for clients that speak containerd's
/// task protocol, and for tests.
/// </summary>
public sealed class ShimServer : IAsyncDisposable
{
    private readonly TtrpcServer _server;
    private readonly UnixTtrpcListener _listener;
    private readonly Task _serving;

    private ShimServer(TtrpcServer server, UnixTtrpcListener listener)
    {
        _server = server;
        _listener = listener;
        _serving = server.ServeAsync(listener);
    }

    /// <summary>Listens on a new socket (mode 0600) and serves until the result is disposed.</summary>
    /// <param name="tasks">What is served. It is not disposed with the server.</param>
    /// <param name="socketPath">Where to listen: at most 107 bytes, see unix(7). The socket is removed in the end.</param>
    /// <param name="logger">Is told of connections that fail. Default: null, nobody.</param>
    /// <exception cref="IOException">The path is in use, or cannot be made.</exception>
    public static ShimServer Listen(IShimTaskService tasks, string socketPath, ILogger? logger = null)
    {
        ArgumentNullException.ThrowIfNull(tasks);
        ArgumentException.ThrowIfNullOrEmpty(socketPath);
        return new ShimServer(
            TaskServer.Create(tasks, TimeProvider.System, logger ?? NullLogger.Instance), UnixTtrpcListener.Listen(socketPath));
    }

    /// <summary>Stops listening and ends the calls under way.</summary>
    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync().ConfigureAwait(false);
        await _serving.ConfigureAwait(false);
        await _listener.DisposeAsync().ConfigureAwait(false);
    }
}
