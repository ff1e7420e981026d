using System.Collections.Concurrent;
using ContainerShim.Sdk.Protocol.Services.Ttrpc;
using ContainerShim.Sdk.Protocol.Types;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using WireEvents = ContainerShim.Sdk.Protocol.Services.Ttrpc.Events;

namespace ContainerShim.Sdk.Tests.Events;

/// <summary>containerd's events socket: it can be away, refuse events, or never answer.</summary>
internal sealed class EventsServer : WireEvents.EventsBase, IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private TtrpcServer? _server;
    private Task _serving = Task.CompletedTask;

    internal string Path => _directory["containerd.sock.ttrpc"];

    internal int ConnectionCount => _server?.ConnectionCount ?? 0;

    /// <summary>What arrived, over all restarts.</summary>
    internal ConcurrentQueue<Envelope> Received { get; } = new();

    internal Func<Envelope, ServerCallContext, Task> OnForward { get; set; } = static (_, _) => Task.CompletedTask;

    public override async Task<Empty> Forward(ForwardRequest request, ServerCallContext context)
    {
        await OnForward(request.Envelope, context);
        Received.Enqueue(request.Envelope);
        return new Empty();
    }

    internal EventsServer Start()
    {
        _server = new TtrpcServer();
        WireEvents.BindService(_server.Services, this);
        _serving = _server.ServeAsync(UnixTtrpcListener.Listen(Path));
        return this;
    }

    internal async Task StopAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync().AsTask().WaitAsync(OsFixture.Bound);
            await _serving.WaitAsync(OsFixture.Bound);
            _server = null;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _directory.Dispose();
    }
}
