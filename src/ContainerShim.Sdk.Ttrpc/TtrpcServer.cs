using System.Net.Sockets;
using ContainerShim.Sdk.Ttrpc.Interop;
using ContainerShim.Sdk.Ttrpc.Serving;

namespace ContainerShim.Sdk.Ttrpc;

/// <summary>Serves gRPC services over ttrpc, the protocol between containerd and its shims.</summary>
/// <remarks>
/// Bind implementations of generated services to <see cref="Services"/>, then serve one or more listeners. Handlers run on the thread that read
/// the request, up to their first wait, so they must not block. All members are safe from any thread.
/// </remarks>
public sealed class TtrpcServer : IAsyncDisposable
{
    private static readonly TimeSpan FirstBackoff = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan LongestBackoff = TimeSpan.FromSeconds(1);

    private readonly TtrpcServerOptions _options;
    private readonly CancellationTokenSource _stopping = new();

    // Guards _connections, and that none is added once _stopped is set.
    private readonly Lock _lock = new();
    private readonly HashSet<ServerConnection> _connections = [];
    private bool _stopped;

    /// <summary>Makes a server that serves nothing yet.</summary>
    /// <param name="options">Not to be changed afterwards; the defaults where it is null.</param>
    public TtrpcServer(TtrpcServerOptions? options = null)
    {
        _options = options ?? new TtrpcServerOptions();
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.MaxConnections, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.MaxStreamsPerConnection, nameof(options));
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(_options.MaxLongPollsPerConnection, nameof(options));
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(_options.FrameTimeout, TimeSpan.Zero, nameof(options));
        Services = new TtrpcServiceCollection(_options.Interceptors, _options.LongPolls);
    }

    /// <summary>What is served. Fill it before <see cref="ServeAsync"/>.</summary>
    public TtrpcServiceCollection Services { get; }

    /// <summary>How many connections are open.</summary>
    public int ConnectionCount
    {
        get
        {
            lock (_lock)
            {
                return _connections.Count;
            }
        }
    }

    /// <summary>How many calls are under way on all connections.</summary>
    public int CallCount => Connections().Sum(static connection => connection.CallCount);

    /// <summary>Accepts connections until the server is shut down, the listener ends, or the token is cancelled.</summary>
    /// <remarks>
    /// An accept that fails, for want of descriptors for example, is tried again after a pause of at most a second. The connections outlive this
    /// call: only <see cref="ShutdownAsync"/> and <see cref="DisposeAsync"/> end them.
    /// </remarks>
    /// <param name="listener">Owned by the server from here on: it is disposed of when this ends.</param>
    /// <param name="cancellationToken">Stops accepting; this then ends without an exception.</param>
    public async Task ServeAsync(ITtrpcListener listener, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(listener);
        Services.Table.Freeze();
        using CancellationTokenSource stop = CancellationTokenSource.CreateLinkedTokenSource(_stopping.Token, cancellationToken);
        await using (listener.ConfigureAwait(false))
        {
            try
            {
                await AcceptAsync(listener, stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stop.IsCancellationRequested)
            {
                // The orderly end.
            }
        }
    }

    /// <summary>Stops accepting, lets the unary calls under way end, and closes each connection once its answers have left.</summary>
    /// <remarks>Streaming calls are not waited for: they may be meant to last, and end with their connection.</remarks>
    /// <param name="cancellationToken">Ends the patience: what is still open is then closed at once.</param>
    public async Task ShutdownAsync(CancellationToken cancellationToken = default)
    {
        await StopAsync().ConfigureAwait(false);
        foreach (ServerConnection connection in Connections())
        {
            connection.Drain();
        }

        try
        {
            await EndedAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Stops accepting, and waits for the peers to close their connections. <see cref="ShutdownAsync"/> comes after it.</summary>
    /// <remarks>
    /// A peer that has its last answer closes. One that is written with ttrpc for Go may take an answer for lost that comes together with
    /// the end of its connection: its client chooses at random between the two.
    /// </remarks>
    /// <param name="limit">How long; calls that come in this time are served.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <exception cref="OperationCanceledException">The token fired.</exception>
    public async Task LingerAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        await StopAsync().ConfigureAwait(false);
        try
        {
            await EndedAsync().WaitAsync(limit, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Those that are still there are closed by us.
        }
    }

    /// <summary>Stops accepting and closes all connections at once; the handlers under way are cancelled.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        foreach (ServerConnection connection in Connections())
        {
            connection.Abort(new OperationCanceledException("ttrpc: server closed"));
        }

        await EndedAsync().ConfigureAwait(false);
    }

    private async Task AcceptAsync(ITtrpcListener listener, CancellationToken cancellationToken)
    {
        TimeSpan backoff = FirstBackoff;
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                if (await listener.AcceptAsync(cancellationToken).ConfigureAwait(false) is not { } transport)
                {
                    return;
                }

                backoff = FirstBackoff;
                await BeginAsync(transport).ConfigureAwait(false);
            }
            catch (Exception e) when (e is SocketException or IOException)
            {
                // EMFILE and its like leave the connection waiting in the backlog, so trying again at once would spin.
                Report(null, "ttrpc: accept failed", e);
                await Task.Delay(backoff, _options.TimeProvider, cancellationToken).ConfigureAwait(false);
                backoff = backoff * 2 < LongestBackoff ? backoff * 2 : LongestBackoff;
            }
        }
    }

    private async ValueTask BeginAsync(ITtrpcTransport transport)
    {
        string? refusal = Refusal(transport.Peer);
        if (refusal is null)
        {
            ServerConnection connection = new(transport, Services.Table, _options, OnClosed);
            lock (_lock)
            {
                if (!_stopped && _connections.Count < _options.MaxConnections)
                {
                    _connections.Add(connection);
                    ThreadPool.UnsafeQueueUserWorkItem(connection, preferLocal: false);
                    return;
                }
            }

            refusal = $"ttrpc: more than {_options.MaxConnections} connections";
        }

        Report(transport.Peer, refusal, null);
        transport.Abort();
        await transport.DisposeAsync().ConfigureAwait(false);
    }

    private string? Refusal(TtrpcPeer? peer)
    {
        bool same = peer is { } known && known.UserId == Libc.GetEffectiveUserId() && known.GroupId == Libc.GetEffectiveGroupId();
        if (_options.RequireSameUser && !same)
        {
            return "ttrpc: peer is not the same user and group";
        }

        try
        {
            return _options.AuthorizePeer?.Invoke(peer) == false ? "ttrpc: peer is not authorized" : null;
        }
        catch (Exception e)
        {
            return $"ttrpc: peer cannot be authorized: {e.Message}";
        }
    }

    private void OnClosed(ServerConnection connection, Exception? reason)
    {
        lock (_lock)
        {
            _connections.Remove(connection);
            reason = _stopped ? null : reason;
        }

        if (reason is not (null or SocketException { SocketErrorCode: SocketError.ConnectionReset }))
        {
            Report(connection.Peer, "ttrpc: connection ended", reason);
        }
    }

    private void Report(TtrpcPeer? peer, string reason, Exception? exception)
    {
        try
        {
            _options.ConnectionFaulted?.Invoke(new TtrpcConnectionFault(peer, reason, exception));
        }
        catch (Exception)
        {
            // Telling of a fault must not become another.
        }
    }

    private async Task StopAsync()
    {
        lock (_lock)
        {
            _stopped = true;
        }

        await _stopping.CancelAsync().ConfigureAwait(false);
    }

    private ServerConnection[] Connections()
    {
        lock (_lock)
        {
            return [.. _connections];
        }
    }

    private Task EndedAsync() => Task.WhenAll(Connections().Select(static connection => connection.Ended));
}
