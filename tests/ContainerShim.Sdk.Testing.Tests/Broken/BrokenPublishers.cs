using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Testing.Events;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>Publishers with one defect each, and the check that must find it.</summary>
internal static class BrokenPublishers
{
    public static IEnumerable<(string Check, string Defect, Func<RecordingPublisher, IEventPublisher> Make)> All { get; } =
    [
        ("Publish_EveryKindOfEvent_ArrivesUnchanged", "forgets the pid", static p => new Broken(p)
        {
            Change = static e => e with { Event = e.Event is TaskStartedEvent started ? started with { Pid = 0 } : e.Event },
        }),
        ("Publish_EveryKindOfEvent_ArrivesUnchanged", "has a time of its own", static p => new Broken(p) { Change = static e => e with { Timestamp = default } }),
        ("Publish_OneAfterTheOther_ArrivesInOrder", "drops each tenth", static p =>
        {
            int count = 0;
            return new Broken(p) { Drops = _ => ++count % 10 == 0 };
        }),
        ("Publish_ReturnedCall_MeansDelivered", "queues and forgets", static p => new Broken(p) { Drops = static e => e.Event is TaskStartedEvent { Pid: 21 } }),
        ("Publish_ReceiverAway_FailsUntilItIsBack", "swallows the failure", static p => new Broken(p) { Swallows = true }),
        ("Publish_ReceiverAway_FailsUntilItIsBack", "gives up for good", static p => new Broken(p) { Rejects = true }),
        ("Publish_CancelledToken_EndsTheCall", "does not look at its token", static p => new Broken(p) { IgnoresToken = true }),
        ("Dispose_Twice_IsHarmless", "falls over", static p => new Broken(p) { FallsOver = true }),
    ];

    private sealed class Broken(RecordingPublisher right) : IEventPublisher
    {
        private bool _disposed;

        public Func<EventEnvelope, EventEnvelope> Change { get; init; } = static envelope => envelope;

        public Func<EventEnvelope, bool> Drops { get; init; } = static _ => false;

        public bool Swallows { get; init; }

        public bool Rejects { get; init; }

        public bool IgnoresToken { get; init; }

        public bool FallsOver { get; init; }

        public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
        {
            if (Drops(envelope))
            {
                return;
            }

            try
            {
                await right.PublishAsync(Change(envelope), IgnoresToken ? CancellationToken.None : cancellationToken);
            }
            catch (IOException) when (Swallows)
            {
                // The defect.
            }
            catch (IOException e) when (Rejects)
            {
                throw new EventRejectedException("gone", e);
            }
        }

        public ValueTask DisposeAsync()
        {
            ObjectDisposedException.ThrowIf(FallsOver && _disposed, this);
            _disposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
