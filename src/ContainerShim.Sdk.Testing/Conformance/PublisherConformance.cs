using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What <see cref="IEventPublisher"/> promises, as checks. Used like those of <see cref="RuntimeConformance"/>.</summary>
public static class PublisherConformance
{
    private const string Namespace = "conformance";

    private static readonly DateTimeOffset _time = new(2030, 1, 2, 3, 4, 5, TimeSpan.Zero);

    /// <summary>Every check.</summary>
    public static IReadOnlyList<ConformanceCheck<PublisherSubject>> Checks { get; } =
    [
        new("Publish_EveryKindOfEvent_ArrivesUnchanged", "Each event arrives with every field that containerd knows, its time and its namespace.", KindsAsync),
        new("Publish_OneAfterTheOther_ArrivesInOrder", "Events arrive in the order in which they were published, none missing and none twice.", OrderAsync),
        new("Publish_ReturnedCall_MeansDelivered", "A call that returns says that the receiver has the event: the shim forgets it then.", DeliveredAsync),
        new(
            "Publish_ReceiverAway_FailsUntilItIsBack",
            "While nobody receives, PublishAsync fails, not with EventRejectedException: the log keeps the event and tries again.",
            AwayAsync),
        new(
            "Publish_CancelledToken_EndsTheCall",
            "A token that has fired before the call ends it with an OperationCanceledException, and the event is not delivered.",
            CancelledAsync),
        new("Dispose_Twice_IsHarmless", "Disposal may come before the first event, and twice.", DisposeAsync),
    ];

    private static ShimEvent[] Kinds() =>
    [
        new TaskCreatedEvent("c")
        {
            Bundle = "/bundle",
            Rootfs = [new RootfsMount { Type = "overlay", Source = "overlay", Options = ["ro", "lowerdir=/l"] }],
            Stdio = new StdioPaths { Stdin = "/i", Stdout = "/o", Stderr = "/e", Terminal = true },
            Checkpoint = "/checkpoint",
            Pid = 11,
        },
        new TaskStartedEvent("c", 11),
        new ExecAddedEvent("c", "e"),
        new ExecStartedEvent("c", "e", 12),
        new TaskPausedEvent("c"),
        new TaskResumedEvent("c"),
        new TaskCheckpointedEvent("c", "/image"),
        new TaskOomEvent("c"),
        new TaskExitedEvent("c", "c", new ProcessExit(11, 137, _time.AddTicks(7))),
        new TaskDeletedEvent("c") { Pid = 11, ExitCode = 137, ExitedAt = _time.AddTicks(7) },
    ];

    private static async Task KindsAsync(PublisherSubject subject, CancellationToken cancellationToken)
    {
        IEventPublisher publisher = subject.MakePublisher();
        await using (publisher.ConfigureAwait(false))
        {
            long sequence = 0;
            foreach (ShimEvent kind in Kinds())
            {
                EventEnvelope sent = new()
                {
                    Sequence = ++sequence,
                    Timestamp = _time.AddSeconds(sequence),
                    ContainerdNamespace = Namespace,
                    Event = kind,
                };
                await publisher.PublishAsync(sent, cancellationToken).ConfigureAwait(false);
                EventEnvelope received = await ReceiveAsync(subject, kind, cancellationToken).ConfigureAwait(false);
                Expect.Equal(Text(kind), Text(received.Event), $"the {kind.GetType().Name} that arrived");
                Expect.Equal(sent.Timestamp, received.Timestamp, $"the time of the {kind.GetType().Name}");
                Expect.Equal(sent.ContainerdNamespace, received.ContainerdNamespace, $"the namespace of the {kind.GetType().Name}");
            }
        }
    }

    private static async Task OrderAsync(PublisherSubject subject, CancellationToken cancellationToken)
    {
        IEventPublisher publisher = subject.MakePublisher();
        await using (publisher.ConfigureAwait(false))
        {
            ShimEvent[] events = [.. Enumerable.Range(1, 20).Select(static pid => new TaskStartedEvent("c", pid))];
            foreach (ShimEvent shimEvent in events)
            {
                await publisher.PublishAsync(Wrap(shimEvent), cancellationToken).ConfigureAwait(false);
            }

            foreach (ShimEvent shimEvent in events)
            {
                Expect.Equal(shimEvent, (await ReceiveAsync(subject, shimEvent, cancellationToken).ConfigureAwait(false)).Event, "the next event");
            }
        }
    }

    private static async Task DeliveredAsync(PublisherSubject subject, CancellationToken cancellationToken)
    {
        TaskStartedEvent last = new("c", 21);
        IEventPublisher publisher = subject.MakePublisher();
        await using (publisher.ConfigureAwait(false))
        {
            await publisher.PublishAsync(Wrap(last), cancellationToken).ConfigureAwait(false);
        }

        Expect.Equal(last, (await ReceiveAsync(subject, last, cancellationToken).ConfigureAwait(false)).Event, "the event before the disposal");
    }

    private static async Task AwayAsync(PublisherSubject subject, CancellationToken cancellationToken)
    {
        if (subject.GoAwayAsync is null || subject.ComeBackAsync is null)
        {
            throw new NotApplicableException($"the subject does not say how its receiver goes away ({nameof(subject.GoAwayAsync)}, {nameof(subject.ComeBackAsync)})");
        }

        IEventPublisher publisher = subject.MakePublisher();
        await using (publisher.ConfigureAwait(false))
        {
            TaskStartedEvent first = new("c", 31);
            await publisher.PublishAsync(Wrap(first), cancellationToken).ConfigureAwait(false);
            await ReceiveAsync(subject, first, cancellationToken).ConfigureAwait(false);
            await subject.GoAwayAsync().ConfigureAwait(false);
            TaskExitedEvent kept = new("c", "c", new ProcessExit(31, 0, _time));
            await FailsAsync(publisher, kept, subject, cancellationToken).ConfigureAwait(false);
            await subject.ComeBackAsync().ConfigureAwait(false);
            await publisher.PublishAsync(Wrap(kept), cancellationToken).ConfigureAwait(false);
            Expect.Equal(kept, (await ReceiveAsync(subject, kept, cancellationToken).ConfigureAwait(false)).Event, "the event that failed before");
        }
    }

    private static async Task FailsAsync(IEventPublisher publisher, ShimEvent shimEvent, PublisherSubject subject, CancellationToken cancellationToken)
    {
        try
        {
            await Expect.EndsAsync(
                publisher.PublishAsync(Wrap(shimEvent), cancellationToken), subject, "the end of PublishAsync while nobody receives").ConfigureAwait(false);
        }
        catch (EventRejectedException e)
        {
            throw new ConformanceException("PublishAsync threw EventRejectedException while nobody received: the event would be given up", e);
        }
#pragma warning disable CA1031 // "anything else: not delivered now"
        catch (Exception e) when (e is not ConformanceException)
#pragma warning restore CA1031
        {
            return;
        }

        throw new ConformanceException("PublishAsync returned while nobody received: the event would be lost");
    }

    private static async Task CancelledAsync(PublisherSubject subject, CancellationToken cancellationToken)
    {
        IEventPublisher publisher = subject.MakePublisher();
        await using (publisher.ConfigureAwait(false))
        {
            await Expect.CancelledAsync(
                () => publisher.PublishAsync(Wrap(new TaskStartedEvent("c", 41)), new CancellationToken(canceled: true)), "PublishAsync").ConfigureAwait(false);
            TaskStartedEvent next = new("c", 42);
            await publisher.PublishAsync(Wrap(next), cancellationToken).ConfigureAwait(false);
            Expect.Equal(next, (await ReceiveAsync(subject, next, cancellationToken).ConfigureAwait(false)).Event, "the event after the cancelled one");
        }
    }

    private static async Task DisposeAsync(PublisherSubject subject, CancellationToken cancellationToken)
    {
        IEventPublisher publisher = subject.MakePublisher();
        await publisher.DisposeAsync().ConfigureAwait(false);
        await publisher.DisposeAsync().ConfigureAwait(false);
    }

    private static EventEnvelope Wrap(ShimEvent shimEvent) => new()
    {
        Sequence = 1,
        Timestamp = _time,
        ContainerdNamespace = Namespace,
        Event = shimEvent,
    };

    private static Task<EventEnvelope> ReceiveAsync(PublisherSubject subject, ShimEvent wanted, CancellationToken cancellationToken) =>
        Expect.EndsAsync(subject.ReceiveAsync(cancellationToken).AsTask(), subject, $"the arrival of {wanted.Topic}");

    /// <summary>As text, since a record compares its lists by reference.</summary>
    private static string Text(ShimEvent shimEvent) => shimEvent is TaskCreatedEvent created
        ? string.Join(' ', created.Rootfs.Select(static mount => $"{mount.Type} {mount.Source} {mount.Target} {string.Join(',', mount.Options)}"))
            + $" {created with { Rootfs = [] }}"
        : shimEvent.ToString();
}
