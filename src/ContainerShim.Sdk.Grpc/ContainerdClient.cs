using System.Runtime.CompilerServices;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Grpc.Net.Client;
using EventsClient = ContainerShim.Sdk.Protocol.Services.Grpc.Events.EventsClient;
using VersionClient = ContainerShim.Sdk.Protocol.Services.Grpc.Version.VersionClient;
using Wire = ContainerShim.Sdk.Protocol.Services.Grpc;

namespace ContainerShim.Sdk.Grpc;

/// <summary>A client of containerd's gRPC socket, for its events and its version. Safe for use from several threads.</summary>
/// <remarks>
/// It connects at the first call and reconnects by itself. Failures are <see cref="ShimException"/>s with containerd's code and text;
/// <see cref="ShimErrorCode.Unavailable"/> means that containerd cannot be reached.
/// </remarks>
public sealed class ContainerdClient : IAsyncDisposable
{
    private readonly GrpcChannel _channel;
    private readonly Metadata _headers;
    private readonly EventsClient _events;

    /// <summary>Creates a client.</summary>
    /// <param name="address">containerd's gRPC socket, by default <c>/run/containerd/containerd.sock</c>; a path or a <c>unix://</c> URI.</param>
    /// <param name="containerdNamespace">The namespace in which events are published. Subscriptions see all namespaces unless a filter says otherwise.</param>
    public ContainerdClient(string address, string containerdNamespace)
    {
        ArgumentException.ThrowIfNullOrEmpty(containerdNamespace);
        _channel = ContainerdChannel.Create(address);
        _headers = ContainerdChannel.Headers(containerdNamespace);
        _events = new EventsClient(_channel);
    }

    /// <summary>Asks for containerd's version; also a cheap check that it answers.</summary>
    public async Task<ContainerdVersion> GetVersionAsync(CancellationToken cancellationToken = default)
    {
        try
        {
            Wire.VersionResponse response = await new VersionClient(_channel)
                .VersionAsync(new Empty(), _headers, cancellationToken: cancellationToken).ConfigureAwait(false);
            return new ContainerdVersion(response.Version, response.Revision);
        }
        catch (RpcException e)
        {
            throw RpcErrors.ToException(e, cancellationToken);
        }
    }

    /// <summary>Publishes an event in the client's namespace, with the time of its arrival.</summary>
    public Task PublishAsync(ShimEvent shimEvent, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(shimEvent);
        return PublishPayloadAsync(shimEvent.Topic, EventCodec.Encode(shimEvent), cancellationToken);
    }

    /// <summary>Publishes any message, under any topic that begins with a slash.</summary>
    public async Task PublishPayloadAsync(string topic, TypedPayload payload, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(topic);
        ArgumentNullException.ThrowIfNull(payload);
        try
        {
            await _events.PublishAsync(
                new Wire.PublishRequest { Topic = topic, Event = Envelopes.ToAny(payload) }, _headers, cancellationToken: cancellationToken).ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            throw RpcErrors.ToException(e, cancellationToken);
        }
    }

    /// <summary>Forwards an event with the namespace and the time that it has.</summary>
    public async Task ForwardAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        try
        {
            await _events.ForwardAsync(
                new Wire.ForwardRequest { Envelope = Envelopes.ToWire(envelope) }, Envelopes.Headers(envelope), cancellationToken: cancellationToken)
                .ConfigureAwait(false);
        }
        catch (RpcException e)
        {
            throw RpcErrors.ToException(e, cancellationToken);
        }
    }

    /// <summary>Follows events, of every namespace, in the order in which containerd got them. Ends when the token fires or containerd goes away.</summary>
    /// <param name="filters">
    /// containerd's filters, of which one must match: <c>topic==/tasks/exit</c>, <c>namespace==default,topic~="^/tasks/"</c> (a comma is
    /// "and"). None: everything.
    /// </param>
    /// <param name="cancellationToken">Ends the subscription with an <see cref="OperationCanceledException"/>.</param>
    /// <remarks>containerd does not tell when a subscription has begun, and keeps no events: what happens before that is not seen.</remarks>
    /// <exception cref="ShimException">Unavailable: containerd went away. Unknown: a filter cannot be read; the message says which.</exception>
    public async IAsyncEnumerable<ContainerdEvent> SubscribeAsync(
        IEnumerable<string>? filters = null, [EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        Wire.SubscribeRequest request = new();
        request.Filters.AddRange(filters ?? []);
        using AsyncServerStreamingCall<Envelope> call = _events.Subscribe(request, _headers, cancellationToken: cancellationToken);
        while (await NextAsync(call.ResponseStream, cancellationToken).ConfigureAwait(false) is { } envelope)
        {
            yield return Envelopes.FromWire(envelope);
        }
    }

    /// <summary>Closes the connection; subscriptions end.</summary>
    public ValueTask DisposeAsync()
    {
        _channel.Dispose();
        return ValueTask.CompletedTask;
    }

    private static async Task<Envelope?> NextAsync(IAsyncStreamReader<Envelope> stream, CancellationToken cancellationToken)
    {
        try
        {
            return await stream.MoveNext(cancellationToken).ConfigureAwait(false) ? stream.Current : null;
        }
        catch (RpcException e)
        {
            throw RpcErrors.ToException(e, cancellationToken);
        }
    }
}
