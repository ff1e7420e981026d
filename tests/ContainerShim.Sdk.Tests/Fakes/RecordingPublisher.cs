using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>Takes events, unless its calls, named <c>publish</c>, are told otherwise.</summary>
internal sealed class RecordingPublisher(CallScript calls) : IEventPublisher
{
    public List<EventEnvelope> Delivered { get; } = [];

    /// <summary>Sees each event as it is acknowledged.</summary>
    public Action<EventEnvelope>? OnDelivered { get; set; }

    public bool IsDisposed { get; private set; }

    public Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default) =>
        calls.MakeAsync(
            "publish",
            $"{envelope.Event.Topic} {envelope.Sequence}",
            () =>
            {
                Delivered.Add(envelope);
                OnDelivered?.Invoke(envelope);
            },
            cancellationToken);

    public ValueTask DisposeAsync()
    {
        IsDisposed = true;
        return ValueTask.CompletedTask;
    }
}
