using ContainerShim.Sdk.Ttrpc.Tests.Protos;

namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

/// <summary>A server with the echo service on a socket of its own.</summary>
internal sealed class EchoServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly List<TtrpcChannel> _channels = [];
    private readonly Task _serving;

    internal EchoServer(Action<TtrpcServerOptions>? configure = null, Action<TtrpcServiceCollection>? bind = null)
    {
        TtrpcServerOptions options = new();
        options.ConnectionFaulted = Faults.Enqueue;
        configure?.Invoke(options);
        Server = new TtrpcServer(options);
        Echo.BindService(Server.Services, Service);
        bind?.Invoke(Server.Services);
        _serving = Server.ServeAsync(UnixTtrpcListener.Listen(Path));
    }

    internal EchoService Service { get; } = new();

    internal TtrpcServer Server { get; }

    internal System.Collections.Concurrent.ConcurrentQueue<TtrpcConnectionFault> Faults { get; } = new();

    internal string Path => _directory["s"];

    internal Task Serving => _serving;

    internal async Task<TtrpcChannel> ConnectAsync(TtrpcChannelOptions? options = null)
    {
        TtrpcChannel channel = await TtrpcChannel.ConnectAsync(Path, options);
        _channels.Add(channel);
        return channel;
    }

    internal async Task<Echo.EchoClient> ClientAsync(TtrpcChannelOptions? options = null) => new(await ConnectAsync(options));

    internal RawClient Raw() => new(Path);

    public async ValueTask DisposeAsync()
    {
        foreach (TtrpcChannel channel in _channels)
        {
            await channel.DisposeAsync();
        }

        await Server.DisposeAsync().AsTask().Soon();
        await _serving.Soon();
        _directory.Dispose();
    }
}
