using System.Threading.Channels;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Protocol.Services.Ttrpc;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using WireEvents = ContainerShim.Sdk.Protocol.Services.Ttrpc.Events;

namespace ContainerShim.Sdk.Testing.Events;

/// <summary>
/// containerd's side of events: a ttrpc socket that takes what a shim forwards. A shim binary finds it by the variable
/// <c>TTRPC_ADDRESS</c>, a <see cref="TtrpcEventPublisher"/> by its path.
/// </summary>
public sealed class EventReceiver : IAsyncDisposable
{
    private readonly Channel<EventEnvelope> _received = Channel.CreateUnbounded<EventEnvelope>();
    private TtrpcServer? _server;
    private Task _serving = Task.CompletedTask;

    private EventReceiver(string socketPath) => SocketPath = socketPath;

    /// <summary>Where it listens.</summary>
    public string SocketPath { get; }

    /// <summary>Listens on a new socket.</summary>
    /// <param name="socketPath">At most 107 bytes, see unix(7).</param>
    public static EventReceiver Listen(string socketPath)
    {
        EventReceiver receiver = new(socketPath);
        receiver.Start();
        return receiver;
    }

    /// <summary>Waits for the next event. The wire has no sequence number: each carries 0.</summary>
    public ValueTask<EventEnvelope> ReceiveAsync(CancellationToken cancellationToken = default) => _received.Reader.ReadAsync(cancellationToken);

    /// <summary>Goes away, as a containerd that is restarted: the socket is gone, connections break.</summary>
    public async Task StopAsync()
    {
        if (_server is { } server)
        {
            _server = null;
            await server.DisposeAsync().ConfigureAwait(false);
            await _serving.ConfigureAwait(false);
        }
    }

    /// <summary>Listens again after <see cref="StopAsync"/>.</summary>
    public void Start()
    {
        _server = new TtrpcServer();
        WireEvents.BindService(_server.Services, new Service(_received.Writer));
        _serving = ServeAsync(_server, UnixTtrpcListener.Listen(SocketPath));
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await StopAsync().ConfigureAwait(false);
        _received.Writer.TryComplete();
    }

    private static async Task ServeAsync(TtrpcServer server, UnixTtrpcListener listener)
    {
        await using (listener.ConfigureAwait(false))
        {
            await server.ServeAsync(listener).ConfigureAwait(false);
        }
    }

    private sealed class Service(ChannelWriter<EventEnvelope> received) : WireEvents.EventsBase
    {
        public override Task<Empty> Forward(ForwardRequest request, ServerCallContext context)
        {
            if (EventMessages.Read(request.Envelope) is not { } envelope)
            {
                throw new RpcException(new Status(StatusCode.InvalidArgument, $"unknown event {request.Envelope?.Event?.TypeUrl}"));
            }

            received.TryWrite(envelope);
            return Task.FromResult(new Empty());
        }
    }
}
