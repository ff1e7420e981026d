using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Adoption;

/// <summary>Notes which exits were delivered, so that a later engine tells of the others alone.</summary>
internal sealed class DeliveryNotes(IEventPublisher inner, IProcessRecords records) : IEventPublisher
{
    /// <inheritdoc/>
    public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        await inner.PublishAsync(envelope, cancellationToken).ConfigureAwait(false);
        Note(envelope, records);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => inner.DisposeAsync();

    /// <summary>Notes that an event was delivered.</summary>
    internal static void Note(EventEnvelope envelope, IProcessRecords records)
    {
        if (envelope.Event is TaskExitedEvent exited)
        {
            records.NoteDelivered(exited.ContainerId, exited.ProcessId);
        }
    }
}
