using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Adoption;

/// <summary>Notes which exits were delivered, so that a later engine tells of the others alone.</summary>
internal static class DeliveryNotes
{
    /// <summary>Notes what the receivers of a publisher have acknowledged.</summary>
    internal static IEventPublisher Around(IEventPublisher publisher, IProcessRecords records) =>
        new ExitAcknowledgements(publisher, envelope => Note(envelope, records));

    /// <summary>Notes that an event was delivered.</summary>
    internal static void Note(EventEnvelope envelope, IProcessRecords records)
    {
        if (envelope.Event is TaskExitedEvent exited)
        {
            records.NoteDelivered(exited.ContainerId, exited.ProcessId, exited.Exit);
        }
    }
}
