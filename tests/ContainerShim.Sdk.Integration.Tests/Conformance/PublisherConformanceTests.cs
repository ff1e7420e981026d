using System.Collections.Concurrent;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Grpc;
using ContainerShim.Sdk.Integration.Tests.Daemon;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Testing.Conformance;

namespace ContainerShim.Sdk.Integration.Tests.Conformance;

/// <summary>The ways into containerd keep the contract that publishers of others are held to, with the newest containerd at the other end.</summary>
[TestFixtureSource(nameof(Newest))]
public sealed class PublisherConformanceTests(Harness.ContainerdVersion version) : DaemonFixture(version)
{
    private const string Namespace = "conformance";

    private static readonly string[] Kinds = ["ttrpc", "grpc", "binary"];

    private readonly Harness.ContainerdVersion _version = version;
    private readonly ConcurrentQueue<DateTimeOffset> _times = new();
    private ContainerdClient _reader = null!;
    private Subscription _subscription = null!;
    private int _received;

    private static IEnumerable<TestFixtureData> Newest =>
        [new TestFixtureData(ContainerdVersions.All.MaxBy(static version => version.Version)).SetArgDisplayNames("newest containerd")];

    private static IEnumerable<TestCaseData> Cases =>
        from kind in Kinds
        from check in PublisherConformance.Checks
        select new TestCaseData(kind, check);

    [SetUp]
    public Task SubscribeFirst()
    {
        _times.Clear();
        return SubscribeAsync();
    }

    [TearDown]
    public async Task Unsubscribe()
    {
        await _subscription.DisposeAsync();
        await _reader.DisposeAsync();
    }

    [TestCaseSource(nameof(Cases))]
    public async Task Publisher_ToContainerd_KeepsItsContract(string kind, ConformanceCheck<PublisherSubject> check)
    {
        ConformanceOutcome outcome = await check.RunAsync(new PublisherSubject
        {
            MakePublisher = () => Create(kind),
            ReceiveAsync = token => ReceiveAsync(hasTime: kind != "binary", token),
            GoAwayAsync = async () =>
            {
                await Unsubscribe();
                await Containerd.Kill9Async();
            },
            ComeBackAsync = async () =>
            {
                await Containerd.RestartAsync();
                await SubscribeAsync();
            },
            Patience = Bound,
        });

        Assert.That(outcome.WhyNotApplicable, Is.Empty);
    }

    private async Task SubscribeAsync()
    {
        _reader = new ContainerdClient(Containerd.Address, Namespace);
        _received = 0;
        _subscription = await Subscription.BeginAsync(_reader, Namespace);
    }

    private IEventPublisher Create(string kind) => kind switch
    {
        "ttrpc" => new TtrpcEventPublisher(Containerd.Address + ".ttrpc"),
        "grpc" => new GrpcEventPublisher(Containerd.Address),
        _ => new TimedPublisher(new BinaryEventPublisher(Path.Combine(_version.BinDirectory, "containerd"), Containerd.Address), _times),
    };

    private async ValueTask<EventEnvelope> ReceiveAsync(bool hasTime, CancellationToken cancellationToken)
    {
        while (_subscription.Events.Count <= _received)
        {
            await Task.Delay(5, cancellationToken);
        }

        ContainerdEvent e = _subscription.Events[_received++];
        return new EventEnvelope
        {
            Sequence = 0,
            // What `containerd publish` is not told, and stamps itself.
            Timestamp = hasTime ? e.Timestamp : _times.TryDequeue(out DateTimeOffset time) ? time : throw new InvalidOperationException("nothing was sent"),
            ContainerdNamespace = e.ContainerdNamespace,
            Event = e.Event ?? throw new InvalidOperationException($"{e.Topic} is no event of a task"),
        };
    }

    /// <summary>Notes the times of what it delivers.</summary>
    private sealed class TimedPublisher(IEventPublisher inner, ConcurrentQueue<DateTimeOffset> times) : IEventPublisher
    {
        public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
        {
            await inner.PublishAsync(envelope, cancellationToken);
            times.Enqueue(envelope.Timestamp);
        }

        public ValueTask DisposeAsync() => inner.DisposeAsync();
    }
}
