using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol.Events;
using ContainerShim.Sdk.Tests.Linux;
using Google.Protobuf.WellKnownTypes;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Events;

/// <summary>The publisher with a script in the place of containerd's binary; the integration tests have the real one.</summary>
internal sealed class BinaryEventPublisherTests
{
    private OsFixture _os = null!;
    private TempDirectory _directory = null!;

    [SetUp]
    public void SetUp()
    {
        _os = new OsFixture();
        _directory = new TempDirectory();
    }

    [TearDown]
    public void TearDown()
    {
        _os.Dispose();
        _directory.Dispose();
    }

    [Test]
    public async Task Publish_Event_GivesTheBinaryItsArgumentsAndTheEventOnStandardInput()
    {
        string binary = _directory.Script("containerd", $"printf '%s\\n' \"$@\" > {_directory["arguments"]}; cat > {_directory["input"]}; env > {_directory["env"]}");
        await using BinaryEventPublisher publisher = Create(binary);

        await publisher.PublishAsync(Exit(7)).WaitAsync(OsFixture.Bound);

        Assert.That(
            await File.ReadAllLinesAsync(_directory["arguments"]),
            Is.EqualTo(new[] { "--address", "/run/c.sock", "publish", "--topic", "/tasks/exit", "--namespace", "games" }));
        Any any = Any.Parser.ParseFrom(await File.ReadAllBytesAsync(_directory["input"]));
        Assert.That(any.TypeUrl, Is.EqualTo("containerd.events.TaskExit"));
        Assert.That(TaskExit.Parser.ParseFrom(any.Value).Pid, Is.EqualTo(7));
        Assert.That(await File.ReadAllTextAsync(_directory["env"]), Does.Not.Contain("DOTNET"), "nothing of this process's environment");
    }

    [TestCase("envelope topic \"x\": must start with '/': invalid argument")]
    [TestCase("failed publishing event: namespace is required: failed precondition")]
    public async Task Publish_DaemonRefusesTheEvent_IsRejected(string message)
    {
        await using BinaryEventPublisher publisher = Create(Failing(message, 1));

        EventRejectedException rejection = (await Assert.ThrowsAsync<EventRejectedException>(
            () => publisher.PublishAsync(Exit(1)).WaitAsync(OsFixture.Bound)))!;

        Assert.That(rejection.Message, Is.EqualTo("containerd: " + message));
    }

    [Test]
    public async Task Publish_DaemonIsAway_FailsWithWhatTheBinarySaid()
    {
        await using BinaryEventPublisher publisher = Create(Failing("failed to dial", 1));

        IOException failure = (await Assert.ThrowsAsync<IOException>(() => publisher.PublishAsync(Exit(1)).WaitAsync(OsFixture.Bound)))!;

        Assert.That(failure.Message, Does.EndWith("publish ended with 1: containerd: failed to dial"));
    }

    [Test]
    public async Task Publish_BinaryHangs_IsKilledAfterItsTime()
    {
        string binary = _directory.Script("containerd", $"echo $$ > {_directory["pid"]}; exec sleep 1000");
        await using BinaryEventPublisher publisher = Create(binary, TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAsync<TimeoutException>(() => publisher.PublishAsync(Exit(1)).WaitAsync(OsFixture.Bound));

        Assert.That(OsFixture.StateOf(int.Parse(await File.ReadAllTextAsync(_directory["pid"]))), Is.Null, "it is gone, and collected");
    }

    [Test]
    public async Task Publish_WithoutATimeOfItsOwn_WaitsAsLongAsTheCaller()
    {
        Fifo.Make(_directory["go"]);
        string binary = _directory.Script("containerd", $"read -r x < {_directory["go"]}");
        FakeTimeProvider time = new();
        await using BinaryEventPublisher publisher = new(binary, "/run/c.sock", _os.Spawner, time);
        Task publishing = publisher.PublishAsync(Exit(1));

        time.Advance(TimeSpan.FromHours(1));
        await Task.Delay(50);
        Assert.That(publishing.IsCompleted, Is.False);
        await File.WriteAllTextAsync(_directory["go"], "\n").WaitAsync(OsFixture.Bound);

        await publishing.WaitAsync(OsFixture.Bound);
    }

    [Test]
    public async Task Publish_Cancelled_KillsTheBinary()
    {
        Fifo.Make(_directory["started"]);
        string binary = _directory.Script("containerd", $"echo $$ > {_directory["started"]}; exec sleep 1000");
        await using BinaryEventPublisher publisher = Create(binary);
        using CancellationTokenSource cancellation = new();
        Task publishing = publisher.PublishAsync(Exit(1), cancellation.Token);
        int pid = int.Parse(await File.ReadAllTextAsync(_directory["started"]).WaitAsync(OsFixture.Bound));

        await cancellation.CancelAsync();

        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => publishing.WaitAsync(OsFixture.Bound));
        Assert.That(OsFixture.StateOf(pid), Is.Null);
    }

    [Test]
    public async Task Publish_ManyTimes_LeavesNoDescriptor()
    {
        await using BinaryEventPublisher publisher = Create(_directory.Script("containerd", "cat > /dev/null"));
        await publisher.PublishAsync(Exit(1)).WaitAsync(OsFixture.Bound);
        int before = OsFixture.CountDescriptors();

        for (int i = 0; i < 20; i++)
        {
            await publisher.PublishAsync(Exit(i)).WaitAsync(OsFixture.Bound);
        }

        Assert.That(OsFixture.CountDescriptors(), Is.LessThanOrEqualTo(before));
    }

    [Test]
    public async Task Publish_NoBinary_FailsAndSaysWhichOne()
    {
        await using BinaryEventPublisher publisher = Create("/no/such/containerd");

        ShimException failure = (await Assert.ThrowsAsync<ShimException>(() => publisher.PublishAsync(Exit(1)).WaitAsync(OsFixture.Bound)))!;

        Assert.That(failure.Message, Does.Contain("/no/such/containerd"));
    }

    [Test]
    public async Task Publish_PublisherOfItsOwn_NeedsNoShim()
    {
        await using BinaryEventPublisher publisher = new(_directory.Script("containerd", "cat > /dev/null"), "/run/c.sock");

        await publisher.PublishAsync(Exit(1)).WaitAsync(OsFixture.Bound);
    }

    [Test]
    public void Constructor_RelativePath_Throws() =>
        Assert.Throws<ArgumentException>(() => _ = new BinaryEventPublisher("containerd", "/run/c.sock", _os.Spawner, TimeProvider.System));

    private BinaryEventPublisher Create(string binary, TimeSpan? timeout = null) => new(binary, "/run/c.sock", _os.Spawner, TimeProvider.System, timeout);

    private string Failing(string message, int exitCode) =>
        _directory.Script("containerd", $"cat > /dev/null; cat >&2 <<'END'\ncontainerd: {message}\nEND\nexit {exitCode}");

    private static EventEnvelope Exit(int pid) =>
        new()
    {
        Sequence = pid,
        Timestamp = DateTimeOffset.UnixEpoch,
        ContainerdNamespace = "games",
        Event = new TaskExitedEvent("c1", "c1", new ProcessExit(pid, 0, DateTimeOffset.UnixEpoch)),
    };
}
