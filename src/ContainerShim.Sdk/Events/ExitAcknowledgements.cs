namespace ContainerShim.Sdk.Events;

/// <summary>Tells which exits have reached their receiver for good: acknowledged by it, or refused.</summary>
internal sealed class ExitAcknowledgements : PublisherDecorator
{
    private readonly Action<EventEnvelope> _onExit;
    private readonly bool _tells;

    /// <param name="inner">The publisher. One that takes events over tells by itself when all of its receivers have an exit.</param>
    /// <param name="onExit">Is called with each of them, on any thread.</param>
    internal ExitAcknowledgements(IEventPublisher inner, Action<EventEnvelope> onExit)
        : base(inner)
    {
        _onExit = onExit;
        IBufferingPublisher? buffer = FindBuffer(inner);
        _tells = buffer is null;
        buffer?.OnExitAcknowledged = onExit;
    }

    /// <inheritdoc/>
    public override async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        try
        {
            await Inner.PublishAsync(envelope, cancellationToken).ConfigureAwait(false);
        }
        catch (EventRejectedException)
        {
            Tell(envelope);
            throw;
        }

        Tell(envelope);
    }

    private void Tell(EventEnvelope envelope)
    {
        if (_tells && envelope.Event is TaskExitedEvent)
        {
            _onExit(envelope);
        }
    }
}
