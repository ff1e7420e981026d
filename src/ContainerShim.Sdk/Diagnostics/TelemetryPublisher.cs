using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Counts how the delivery of events goes.</summary>
internal sealed class TelemetryPublisher(IEventPublisher inner, EventInstruments instruments) : PublisherDecorator(inner)
{
    /// <inheritdoc/>
    public override async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        try
        {
            await Inner.PublishAsync(envelope, cancellationToken).ConfigureAwait(false);
        }
        catch (EventRejectedException)
        {
            instruments.Rejected(envelope.Event);
            throw;
        }
        catch
        {
            instruments.Retried(envelope.Event);
            throw;
        }

        instruments.Published(envelope.Event);
    }
}
