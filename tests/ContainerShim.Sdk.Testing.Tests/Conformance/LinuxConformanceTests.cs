using System.Threading.Channels;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Testing.Conformance;
using ContainerShim.Sdk.Testing.Events;
using CustomRuntime;

namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>The implementations that run real containers keep the contracts. Needs root and runc.</summary>
internal sealed class LinuxConformanceTests
{
    private readonly TempDirectory _directory = new();
    private readonly RecordingPublisher _publisher = new();
    private OwnedLinuxHost _host = null!;
    private ContainerShimEngine _engine = null!;
    private UnshareRuntime? _unshare;

    [OneTimeSetUp]
    public void Start()
    {
        Subreaper.Become();
        Criu.AddToPath();
        _host = LinuxHost.Create();
        _engine = ContainerShimEngine.Create(new ContainerShimOptions
        {
            Namespace = "conformance",
            StateDirectory = _directory.Path,
            Publisher = _publisher,
            Stdio = { Schemes = { "file" } },
        });
    }

    [OneTimeTearDown]
    public async Task RemoveAll()
    {
        await _engine.DisposeAsync();
        _host.Dispose();
        _directory.Dispose();
        Cgroups.RemoveParents();
    }

    [TestCaseSource(typeof(RuntimeConformance), nameof(RuntimeConformance.Checks))]
    public Task RuncRuntime_KeepsItsContract(ConformanceCheck<RuntimeSubject> check) => check.RunAsync(Runc()).AppliesAsync();

    /// <summary>Needs criu, at CONTAINERSHIM_CRIU.</summary>
    [TestCaseSource(typeof(CheckpointConformance), nameof(CheckpointConformance.Checks))]
    public Task RuncRuntime_WithCriu_KeepsItsContractOfCheckpoints(ConformanceCheck<RuntimeSubject> check) => check.RunAsync(Runc()).AppliesAsync();

    /// <summary>Needs crun.</summary>
    [TestCaseSource(typeof(RuntimeConformance), nameof(RuntimeConformance.Checks))]
    public Task RuncRuntime_WithCrun_KeepsItsContract(ConformanceCheck<RuntimeSubject> check)
    {
        RuntimeSubject runc = Runc();
        return check.RunAsync(new RuntimeSubject
        {
            Runtime = runc.Runtime,
            Monitor = runc.Monitor,
            MakeContainer = (id, workload) =>
            {
                RuntimeContainer container = runc.MakeContainer(id, workload);
                return container with { Options = container.Options with { BinaryName = Crun.In(_directory.Path) } };
            },
        }).AppliesAsync();
    }

    [TestCaseSource(typeof(RuntimeConformance), nameof(RuntimeConformance.Checks))]
    public Task SampleRuntime_KeepsItsContract(ConformanceCheck<RuntimeSubject> check) => check.RunAsync(
        RuntimeSubject.OnRootfs(_unshare ??= new UnshareRuntime(_host), _host.Monitor, TestRootfs.Path, _directory.Path))
        .AppliesButForAsync(check.Name, "Pause_StopsTheProcesses_ResumeLetsThemGoOn", "Update_EmptyResources_SucceedsOrIsUnimplemented");

    [TestCaseSource(typeof(MonitorConformance), nameof(MonitorConformance.Checks))]
    public Task PidfdProcessMonitor_KeepsItsContract(ConformanceCheck<MonitorSubject> check) =>
        check.RunAsync(MonitorSubject.OnChildren(_host.Monitor, _host.Spawner)).AppliesAsync();

    [TestCaseSource(typeof(CgroupConformance), nameof(CgroupConformance.Checks))]
    public Task CgroupLoader_KeepsItsContract(ConformanceCheck<CgroupSubject> check) =>
        check.RunAsync(new CgroupSubject { Loader = _host.Cgroups, Containers = Runc() }).AppliesAsync();

    [TestCaseSource(typeof(TaskServiceConformance), nameof(TaskServiceConformance.Checks))]
    public Task ShimTaskService_WithRunc_KeepsItsContract(ConformanceCheck<TaskServiceSubject> check) =>
        check.RunAsync(TaskServiceSubject.OnRootfs(_engine.Tasks, TestRootfs.Path, _directory.Path, _publisher)).AppliesAsync();

    [TestCaseSource(typeof(PublisherConformance), nameof(PublisherConformance.Checks))]
    public async Task TtrpcEventPublisher_KeepsItsContract(ConformanceCheck<PublisherSubject> check)
    {
        using TempDirectory directory = new();
        await using EventReceiver receiver = EventReceiver.Listen(Path.Join(directory.Path, "events.sock"));
        await check.RunAsync(new PublisherSubject
        {
            MakePublisher = () => new TtrpcEventPublisher(receiver.SocketPath),
            ReceiveAsync = receiver.ReceiveAsync,
            GoAwayAsync = receiver.StopAsync,
            ComeBackAsync = () =>
            {
                receiver.Start();
                return Task.CompletedTask;
            },
        }).AppliesAsync();
    }

    [TestCaseSource(typeof(PublisherConformance), nameof(PublisherConformance.Checks))]
    public async Task ChannelEventPublisher_KeepsItsContract(ConformanceCheck<PublisherSubject> check)
    {
        ChannelEventPublisher publisher = new();
        Channel<EventEnvelope> received = Channel.CreateUnbounded<EventEnvelope>();
        Task reading = ReadAsync(publisher, received.Writer);
        await check.RunAsync(new PublisherSubject { MakePublisher = () => publisher, ReceiveAsync = received.Reader.ReadAsync })
            .AppliesButForAsync(check.Name, "Publish_ReceiverAway_FailsUntilItIsBack");
        await publisher.DisposeAsync();
        await reading;
    }

    /// <summary>Two receivers behind one publisher; what the engine does before it disposes of one that buffers, a flush, is done here.</summary>
    [TestCaseSource(typeof(PublisherConformance), nameof(PublisherConformance.Checks))]
    public async Task CompositeEventPublisher_KeepsItsContract(ConformanceCheck<PublisherSubject> check)
    {
        using TempDirectory directory = new();
        await using EventReceiver first = EventReceiver.Listen(Path.Join(directory.Path, "first.sock"));
        await using EventReceiver second = EventReceiver.Listen(Path.Join(directory.Path, "second.sock"));
        await check.RunAsync(new PublisherSubject
        {
            MakePublisher = () => new FlushedPublisher(
                new CompositeEventPublisher([new TtrpcEventPublisher(first.SocketPath), new TtrpcEventPublisher(second.SocketPath)])),
            ReceiveAsync = async token =>
            {
                EventEnvelope envelope = await first.ReceiveAsync(token);
                Assert.That((await second.ReceiveAsync(token)).Event.Topic, Is.EqualTo(envelope.Event.Topic));
                return envelope;
            },
        }).AppliesButForAsync(check.Name, "Publish_ReceiverAway_FailsUntilItIsBack");
    }

    private static async Task ReadAsync(ChannelEventPublisher publisher, ChannelWriter<EventEnvelope> received)
    {
        await foreach (EventEnvelope envelope in publisher.ReadAllAsync())
        {
            received.TryWrite(envelope);
        }
    }

    private RuntimeSubject Runc() => RuntimeSubject.OnRootfs(_host.Runtime, _host.Monitor, TestRootfs.Path, _directory.Path);

    private sealed class FlushedPublisher(CompositeEventPublisher inner) : IEventPublisher
    {
        private bool _isDisposed;

        public Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default) => inner.PublishAsync(envelope, cancellationToken);

        public async ValueTask DisposeAsync()
        {
            if (!_isDisposed)
            {
                _isDisposed = true;
                await inner.FlushAsync().WaitAsync(TimeSpan.FromSeconds(10));
            }

            await inner.DisposeAsync();
        }
    }
}
