using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Grpc;

/// <summary>Delivers events to containerd's gRPC socket. Used by one caller at a time: the event log.</summary>
/// <remarks>
/// What crosses the wire is one <c>containerd.services.events.v1.Events/Forward</c> call an event, with the event's own time and
/// namespace; an empty answer acknowledges it. A containerd that restarts is found by the next attempt.
/// </remarks>
public sealed class GrpcEventPublisher : IEventPublisher
{
    /// <summary>Each call names the namespace of its event; this one is never sent.</summary>
    private const string Unused = "default";

    private readonly ContainerdClient _client;

    /// <summary>Creates a publisher.</summary>
    /// <param name="address">containerd's gRPC socket, by default <c>/run/containerd/containerd.sock</c>; a path or a <c>unix://</c> URI.</param>
    public GrpcEventPublisher(string address) => _client = new ContainerdClient(address, Unused);

    /// <inheritdoc/>
    public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        try
        {
            await _client.ForwardAsync(envelope, cancellationToken).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.InvalidArgument)
        {
            throw new EventRejectedException(e.Message, e);
        }
    }

    /// <summary>Closes the connection.</summary>
    public ValueTask DisposeAsync() => _client.DisposeAsync();
}
