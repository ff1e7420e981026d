using ContainerShim.Sdk.Ttrpc.Calling;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc;

/// <summary>One connection to a ttrpc server, for generated clients: <c>new Greeter.GreeterClient(channel)</c>.</summary>
/// <remarks>
/// A channel lives as long as its connection: once <see cref="Closed"/> has ended, every call fails with Unavailable, and it is for the owner to
/// make another channel. All members are safe from any thread.
/// </remarks>
public sealed class TtrpcChannel : ChannelBase, IAsyncDisposable
{
    private readonly TtrpcChannelOptions _options;
    private readonly Func<CancellationToken, ValueTask<ITtrpcTransport>> _connect;
    private readonly CancellationTokenSource _disposing = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guards _connecting and _disposed.
    private readonly Lock _lock = new();
    private Task<ClientConnection>? _connecting;
    private bool _disposed;

    /// <summary>Makes a channel that connects when the first call is made.</summary>
    /// <param name="connect">Called at most once. Where it fails the channel is closed, and the calls fail with Unavailable.</param>
    /// <param name="options">The defaults where it is null.</param>
    public TtrpcChannel(Func<CancellationToken, ValueTask<ITtrpcTransport>> connect, TtrpcChannelOptions? options = null)
        : base("ttrpc")
    {
        ArgumentNullException.ThrowIfNull(connect);
        _connect = connect;
        _options = options ?? new TtrpcChannelOptions();
    }

    /// <summary>Ends, never with an error, when the channel is closed: by the server, by a fault, or by <see cref="DisposeAsync"/>.</summary>
    public Task Closed => _closed.Task;

    /// <summary>Connects to a unix socket.</summary>
    /// <exception cref="System.Net.Sockets.SocketException">Nobody listens there, or it is not ours to connect to.</exception>
    public static async ValueTask<TtrpcChannel> ConnectAsync(
        string path, TtrpcChannelOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        TtrpcChannel channel = new(token => UnixTtrpcTransport.ConnectAsync(path, token), options);
        try
        {
            await channel.ConnectionAsync().WaitAsync(cancellationToken).ConfigureAwait(false);
            return channel;
        }
        catch
        {
            await channel.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Whether the code after a call goes on where the answer was read.</summary>
    internal bool ReadsOnOwnThread => _options.ReadsOnOwnThread;

    /// <inheritdoc/>
    public override CallInvoker CreateCallInvoker() => new TtrpcCallInvoker(this, _options.TimeProvider);

    /// <summary>Closes the connection; calls under way fail with Unavailable.</summary>
    public async ValueTask DisposeAsync()
    {
        Task<ClientConnection>? connecting;
        lock (_lock)
        {
            _disposed = true;
            connecting = _connecting;
        }

        await _disposing.CancelAsync().ConfigureAwait(false);
        try
        {
            if (connecting is not null)
            {
                ClientConnection connection = await connecting.ConfigureAwait(false);
                connection.Abort(new ObjectDisposedException(nameof(TtrpcChannel)));
                await connection.Ended.ConfigureAwait(false);
            }
        }
        catch (Exception)
        {
            // It never connected, which those who called have been told.
        }

        _closed.TrySetResult();
    }

    /// <summary>The connection, made if need be; all calls share it.</summary>
    internal Task<ClientConnection> ConnectionAsync()
    {
        TaskCompletionSource<ClientConnection> started;
        lock (_lock)
        {
            if (_connecting is not null)
            {
                return _connecting;
            }

            if (_disposed)
            {
                return Task.FromException<ClientConnection>(new ObjectDisposedException(nameof(TtrpcChannel)));
            }

            started = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _connecting = started.Task;
        }

        _ = OpenAsync(started);
        return started.Task;
    }

    /// <inheritdoc/>
    protected override Task ShutdownAsyncCore() => DisposeAsync().AsTask();

    private async Task OpenAsync(TaskCompletionSource<ClientConnection> opened)
    {
        try
        {
            ITtrpcTransport transport = await _connect(_disposing.Token).ConfigureAwait(false);
            ClientConnection connection = new(transport, _options, () => _closed.TrySetResult());
            if (!ReadsOnOwnThread || !ConnectionThread.TryRun(connection, transport))
            {
                ThreadPool.UnsafeQueueUserWorkItem(connection, preferLocal: false);
            }

            opened.SetResult(connection);
        }
        catch (Exception e)
        {
            opened.SetException(e);
            _closed.TrySetResult();
        }
    }
}
