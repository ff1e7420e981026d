using ContainerShim.Sdk.Bootstrap;
using ContainerShim.Sdk.Services;
using ContainerShim.Sdk.Ttrpc;
using Grpc.Core;
using ForwardRequest = ContainerShim.Sdk.Protocol.Services.Ttrpc.ForwardRequest;

namespace ContainerShim.Sdk.Events;

/// <summary>Delivers events to containerd's ttrpc socket. Used by one caller at a time: the event log.</summary>
/// <remarks>
/// It connects at the first event and again after each failure, so a containerd that restarts is found by the next attempt. What
/// crosses the wire is one <c>Forward</c> call an event; an empty answer acknowledges it.
/// </remarks>
public sealed class TtrpcEventPublisher : IEventPublisher
{
    /// <summary>Events follow one another, and the next waits for the answer to the last: what that costs is how far they fall behind.</summary>
    private static readonly TtrpcChannelOptions _channelOptions = new() { ReadsOnOwnThread = true };

    private readonly string _path;
    private TtrpcChannel? _channel;

    /// <summary>Creates a publisher.</summary>
    /// <param name="path">containerd's ttrpc socket, by default <c>/run/containerd/containerd.sock.ttrpc</c>.</param>
    public TtrpcEventPublisher(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        _path = path;
    }

    /// <summary>Creates the publisher that a shim has unless it is told otherwise, to put beside others in a <see cref="CompositeEventPublisher"/>.</summary>
    /// <param name="context">Names the socket: the one that containerd told the shim, else the one beside its gRPC socket.</param>
    public TtrpcEventPublisher(ShimContext context)
    {
        ArgumentNullException.ThrowIfNull(context);
        _path = context.ContainerdTtrpcAddress.Length > 0
            ? SocketAddress.ToPath(context.ContainerdTtrpcAddress) ?? context.ContainerdTtrpcAddress
            : context.ContainerdAddress + ".ttrpc";
    }

    /// <inheritdoc/>
    public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        try
        {
            TtrpcChannel channel = await ConnectAsync(cancellationToken).ConfigureAwait(false);
            await new Protocol.Services.Ttrpc.Events.EventsClient(channel)
                .ForwardAsync(new ForwardRequest { Envelope = EventMapping.ToEnvelope(envelope) }, HeadersOf(envelope), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
        }
        catch (RpcException e) when (e.StatusCode is StatusCode.InvalidArgument)
        {
            throw new EventRejectedException(e.Status.Detail, e);
        }
        catch (EventRejectedException)
        {
            throw;
        }
        catch (Exception e)
        {
            await DisposeAsync().ConfigureAwait(false);
            if (e is RpcException && cancellationToken.IsCancellationRequested)
            {
                throw new OperationCanceledException(e.Message, e, cancellationToken);
            }

            throw;
        }
    }

    /// <summary>Closes the connection. A later event would open another.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_channel is { } channel)
        {
            _channel = null;
            await channel.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>The metadata keys are those that containerd's otelttrpc reads.</summary>
    private static Metadata? HeadersOf(EventEnvelope envelope)
    {
        if (envelope.TraceParent is not { } parent)
        {
            return null;
        }

        Metadata headers = new() { { "traceparent", parent } };
        if (!string.IsNullOrEmpty(envelope.TraceState))
        {
            headers.Add("tracestate", envelope.TraceState);
        }

        return headers;
    }

    private async ValueTask<TtrpcChannel> ConnectAsync(CancellationToken cancellationToken)
    {
        if (_channel is { Closed.IsCompleted: false } open)
        {
            return open;
        }

        await DisposeAsync().ConfigureAwait(false);
        return _channel = await TtrpcChannel.ConnectAsync(_path, _channelOptions, cancellationToken).ConfigureAwait(false);
    }
}
