using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Tests.Embedding;

/// <summary>The beginning and the end of a real engine with code of others in it. Needs root for the reaper.</summary>
internal sealed class EngineTests
{
    private const int EndFailed = 154;

    [TestCase(true)]
    [TestCase(false)]
    public async Task Create_WithCodeThatFails_LeavesNothingBehind(bool atTheEnd)
    {
        using TempDirectory directory = new();
        int descriptors = OsFixture.CountDescriptors();
        ContainerShimOptions broken = new() { StateDirectory = directory["state"] };
        if (atTheEnd)
        {
            broken.TaskServiceDecorator = static _ => throw new InvalidOperationException("no decorator");
        }
        else
        {
            broken.RuntimeFactory = static _ => throw new InvalidOperationException("no runtime");
        }

        Assert.That(() => ContainerShimEngine.Create(broken), Throws.InvalidOperationException);
        await OsFixture.UntilAsync(() => OsFixture.CountDescriptors() == descriptors);

        await using ContainerShimEngine engine = ContainerShimEngine.Create(new ContainerShimOptions { StateDirectory = directory["state"] });
        Assert.That(engine.Containers, Is.Empty);
    }

    [TestCase(true, false)]
    [TestCase(false, false)]
    [TestCase(false, true)]
    public async Task Dispose_WithAPublisherThatCannotBeDisposed_EndsTheRest(bool leavesContainers, bool hangs)
    {
        using TempDirectory directory = new();
        LogRecorder log = new();
        using Loggers loggers = new(log);
        ContainerShimOptions options = new()
        {
            StateDirectory = directory["state"], LeaveContainersRunning = leavesContainers, Publisher = new UndisposablePublisher(hangs), LoggerFactory = loggers,
        };
        ContainerShimEngine engine = ContainerShimEngine.Create(options);

        await engine.DisposeAsync().AsTask().WaitAsync(OsFixture.Bound);

        Assert.That(log.Count(EndFailed), Is.EqualTo(1));
        await using ContainerShimEngine next = ContainerShimEngine.Create(new ContainerShimOptions { StateDirectory = directory["state"] });
    }

    [Test]
    public async Task Engine_ThatHasEnded_AnswersNothing()
    {
        using TempDirectory directory = new();
        ContainerShimEngine engine = ContainerShimEngine.Create(new ContainerShimOptions { StateDirectory = directory["state"] });

        await engine.DisposeAsync();

        Assert.That(() => engine.Containers, Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => engine.FindContainer("c"), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => engine.GetContainer("c"), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => engine.DescribeAsync(), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => engine.Tasks.StateAsync(new StateRequest("c")), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => engine.Tasks.WaitAsync(new WaitRequest("c")), Throws.TypeOf<ObjectDisposedException>());
        Assert.That(() => engine.Tasks.ConnectAsync(new ConnectRequest("c")), Throws.TypeOf<ObjectDisposedException>());
    }

    private sealed class UndisposablePublisher(bool hangs) : IEventPublisher
    {
        public Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default) => Task.CompletedTask;

        public ValueTask DisposeAsync() => hangs
            ? new ValueTask(Task.Delay(Timeout.Infinite))
            : throw new InvalidOperationException("cannot be disposed");
    }

    private sealed class Loggers(ILogger logger) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => logger;

        public void Dispose()
        {
        }
    }
}
