using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Diagnostics;

/// <summary>Counts how the delivery of events goes.</summary>
internal sealed class TelemetryPublisher(IEventPublisher inner, EventInstruments instruments) : IEventPublisher, IBufferingPublisher
{
    public int Pending => (inner as IBufferingPublisher)?.Pending ?? 0;

    public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        try
        {
            await inner.PublishAsync(envelope, cancellationToken).ConfigureAwait(false);
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

    public Task FlushAsync(CancellationToken cancellationToken) =>
        (inner as IBufferingPublisher)?.FlushAsync(cancellationToken) ?? Task.CompletedTask;

    public ValueTask DisposeAsync() => inner.DisposeAsync();
}
