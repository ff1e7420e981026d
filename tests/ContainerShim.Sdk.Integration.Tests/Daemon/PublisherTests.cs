using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Grpc;
using ContainerShim.Sdk.Integration.Tests.Harness;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Integration.Tests.Daemon;

/// <summary>Every way into containerd's events, through the log that shims use, and seen from a subscriber.</summary>
[TestFixtureSource(typeof(DaemonFixture), nameof(DaemonFixture.Versions))]
public sealed class PublisherTests(Harness.ContainerdVersion version) : DaemonFixture(version)
{
    private static readonly string[] Kinds = ["ttrpc", "grpc", "binary", "composite"];

    private readonly Harness.ContainerdVersion _version = version;

    [TestCaseSource(nameof(Kinds))]
    public async Task Events_ThroughAnyPublisher_ArriveInOrderAndWhole(string kind)
    {
        await using Subscription subscription = await Subscription.BeginAsync(Client, Containerd.Namespace);
        await using EventLog log = LogTo(Create(kind));
        log.Append(new TaskStartedEvent("c1", 1));
        log.Append(Exit(1));
        log.Append(new TaskDeletedEvent("c1") { Pid = 1, ExitCode = 3, ExitedAt = DateTimeOffset.UnixEpoch.AddSeconds(1) });

        await log.FlushAsync(CancellationToken.None).WaitAsync(Bound);
        int expected = kind == "composite" ? 6 : 3;
        IReadOnlyList<ContainerdEvent> events = await Eventually.ShowsAsync(
            () => subscription.Events, events => events.Count >= expected, "the events arrive");

        Assert.That(
            events.Select(static e => e.Event).Distinct(),
            Is.EqualTo(new ShimEvent[]
            {
                new TaskStartedEvent("c1", 1), Exit(1), new TaskDeletedEvent("c1") { Pid = 1, ExitCode = 3, ExitedAt = DateTimeOffset.UnixEpoch.AddSeconds(1) },
            }));
        Assert.That(events.Select(static e => e.Topic).Distinct(), Is.EqualTo(new[] { "/tasks/start", "/tasks/exit", "/tasks/delete" }));
        Assert.That(events.Select(static e => e.ContainerdNamespace), Has.All.EqualTo(Containerd.Namespace));
    }

    [TestCase("ttrpc")]
    [TestCase("grpc")]
    [TestCase("binary")]
    public async Task Events_WhileContainerdIsKilledAndRestarted_ArriveInOrderAndNoneIsLost(string kind)
    {
        Gate gate = new(Create(kind));
        await using EventLog log = LogTo(gate);
        log.Append(Exit(0));
        await log.FlushAsync(CancellationToken.None).WaitAsync(Bound);
        await Containerd.Kill9Async();
        for (int i = 1; i <= 20; i++)
        {
            log.Append(Exit(i));
        }

        await Eventually.ShowsAsync(() => gate.Failures, failures => failures >= 2, "deliveries fail");
        Assert.That(log.Pending, Is.EqualTo(20));

        // Until the new daemon has a subscriber: what it is told before that, nobody sees.
        gate.IsClosed = true;
        await Containerd.RestartAsync();
        await using Subscription subscription = await Subscription.BeginAsync(Client, Containerd.Namespace);
        gate.IsClosed = false;
        await log.FlushAsync(CancellationToken.None).WaitAsync(Bound);

        IReadOnlyList<ContainerdEvent> events = await subscription.UntilAsync(static e => e.Event is TaskExitedEvent { Exit.Pid: 20 }, "the last exit arrives");
        Assert.That(events.Select(static e => e.Event).Distinct(), Is.EqualTo(Enumerable.Range(1, 20).Select(Exit)));
    }

    [TestCaseSource(nameof(Kinds))]
    public async Task Event_OfANamespaceThatIsNotValid_IsRejectedAndDoesNotHoldUpTheNext(string kind)
    {
        await using Subscription subscription = await Subscription.BeginAsync(Client, Containerd.Namespace);
        await using EventLog log = LogTo(Create(kind));
        log.Append(new EventEnvelope { Sequence = 1, Timestamp = DateTimeOffset.UnixEpoch.AddDays(1), ContainerdNamespace = "--", Event = Exit(1) });
        log.Append(Exit(2));

        await log.FlushAsync(CancellationToken.None).WaitAsync(Bound);

        IReadOnlyList<ContainerdEvent> events = await subscription.UntilAsync(static e => e.Topic == "/tasks/exit", "the second arrives");
        Assert.That(events.Select(static e => e.Event).Distinct(), Is.EqualTo(new[] { Exit(2) }));
    }

    private EventLog LogTo(IEventPublisher publisher) =>
        new(Containerd.Namespace, publisher, new EventLogOptions(), TimeProvider.System, NullLogger.Instance);

    private IEventPublisher Create(string kind) => kind switch
    {
        "ttrpc" => new TtrpcEventPublisher(Containerd.Address + ".ttrpc"),
        "grpc" => new GrpcEventPublisher(Containerd.Address),
        "binary" => new BinaryEventPublisher(Path.Combine(_version.BinDirectory, "containerd"), Containerd.Address),
        _ => new CompositeEventPublisher([Create("ttrpc"), Create("grpc")]),
    };

    /// <summary>Counts failures, and can hold deliveries back.</summary>
    private sealed class Gate(IEventPublisher inner) : IEventPublisher
    {
        private int _failures;
        private volatile bool _isClosed;

        public int Failures => Volatile.Read(ref _failures);

        public bool IsClosed
        {
            get => _isClosed;
            set => _isClosed = value;
        }

        public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
        {
            try
            {
                await (IsClosed ? throw new IOException("held back") : inner.PublishAsync(envelope, cancellationToken));
            }
            catch
            {
                Interlocked.Increment(ref _failures);
                throw;
            }
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
