using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Events;
using ContainerShim.Sdk.Tests.Fakes;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using NSubstitute;
using Activity = System.Diagnostics.Activity;
using ActivityKind = System.Diagnostics.ActivityKind;
using ActivityStatusCode = System.Diagnostics.ActivityStatusCode;

namespace ContainerShim.Sdk.Tests.Diagnostics;

internal sealed class InstrumentationTests
{
    private string _namespace = null!;
    private Instrumentation _instrumentation = null!;
    private TelemetryRecorder _recorder = null!;
    private IShimTaskService _tasks = null!;

    [SetUp]
    public void SetUp()
    {
        _namespace = $"n{Guid.NewGuid():N}";
        _instrumentation = new Instrumentation(_namespace, TimeProvider.System);
        _recorder = new TelemetryRecorder(_namespace);
        _tasks = Substitute.For<IShimTaskService>();
    }

    [TearDown]
    public void TearDown()
    {
        _recorder.Dispose();
        _instrumentation.Dispose();
    }

    [Test]
    public async Task Operation_ThatSucceeds_HasASpanAndADuration()
    {
        _tasks.StartAsync(default!, default).ReturnsForAnyArgs(new StartResult(5));

        StartResult result = await _instrumentation.Around(_tasks).StartAsync(new StartRequest("c1", "e1"));

        Assert.That(result.Pid, Is.EqualTo(5));
        Activity span = _recorder.Spans.Single();
        Assert.Multiple(() =>
        {
            Assert.That(span.DisplayName, Is.EqualTo("containershim.start"));
            Assert.That(span.Kind, Is.EqualTo(ActivityKind.Internal));
            Assert.That(span.GetTagItem("container.id"), Is.EqualTo("c1"));
            Assert.That(span.GetTagItem("containershim.exec.id"), Is.EqualTo("e1"));
            Assert.That(span.Status, Is.EqualTo(ActivityStatusCode.Unset));
            Assert.That(_recorder.Series, Is.EqualTo(new[] { "containershim.operation.duration{containershim.operation=start}" }));
        });
    }

    [Test]
    public async Task Operation_ThatFails_SaysWithWhichCode()
    {
        _tasks.KillAsync(default!, default).ReturnsForAnyArgs(Task.FromException(ShimException.NotFound("process")));

        await Assert.ThrowsAsync<ShimException>(() => _instrumentation.Around(_tasks).KillAsync(new KillRequest { Id = "c1", Signal = 9 }));

        Activity span = _recorder.Spans.Single();
        Assert.That(span.Status, Is.EqualTo(ActivityStatusCode.Error));
        Assert.That(span.StatusDescription, Is.EqualTo("process: not found"));
        Assert.That(_recorder.Series, Is.EqualTo(new[] { "containershim.operation.duration{containershim.operation=kill,error.type=NotFound}" }));
    }

    [Test]
    public async Task Wait_LastsAsLongAsItsProcess_IsNotMeasured()
    {
        _tasks.WaitAsync(default!, default).ReturnsForAnyArgs(new WaitResult(0, default));

        await _instrumentation.Around(_tasks).WaitAsync(new WaitRequest("c1"));

        Assert.That(_recorder.Spans, Is.Empty);
        Assert.That(_recorder.Measurements, Is.Empty);
    }

    [Test]
    public async Task RuntimeCall_WithinAnOperation_IsItsChild()
    {
        IOciRuntime runtime = _instrumentation.Around(Substitute.For<IOciRuntime>());
        RuntimeContainer container = new() { Id = "c1", Bundle = "/b", ContainerdNamespace = _namespace };
        _tasks.PauseAsync(default!, default).ReturnsForAnyArgs(call => runtime.PauseAsync(container));

        await _instrumentation.Around(_tasks).PauseAsync(new PauseRequest("c1"));

        Activity[] spans = [.. _recorder.Spans];
        Assert.That(spans.Select(static span => span.DisplayName), Is.EqualTo(new[] { "containershim.runtime.pause", "containershim.pause" }));
        Assert.That(spans[0].ParentSpanId, Is.EqualTo(spans[1].SpanId));
        Assert.That(_recorder.Series, Has.Some.EqualTo("containershim.runtime.duration{containershim.runtime.command=pause}"));
    }

    [Test]
    public void Runtime_ThatCanCheckpoint_StillCan()
    {
        ICheckpointableRuntime runtime = Substitute.For<ICheckpointableRuntime, IOciRuntime>();
        Assert.That(_instrumentation.Around((IOciRuntime)runtime), Is.Not.InstanceOf<ICheckpointableRuntime>());
        runtime.CanCheckpoint.Returns(true);
        Assert.That(_instrumentation.Around((IOciRuntime)runtime), Is.InstanceOf<ICheckpointableRuntime>());
        Assert.That(_instrumentation.Around(Substitute.For<IOciRuntime>()), Is.Not.InstanceOf<ICheckpointableRuntime>());
    }

    [Test]
    public async Task Events_DeliveredRetriedAndRejected_AreCounted()
    {
        int attempts = 0;
        Receiver receiver = new()
        {
            OnPublish = (envelope, _) => envelope.Event is TaskOomEvent
                ? Task.FromException(new EventRejectedException("no"))
                : Interlocked.Increment(ref attempts) == 1 ? Task.FromException(new IOException("away")) : Task.CompletedTask,
        };
        EventLogOptions options = new() { FirstRetryDelay = TimeSpan.FromMilliseconds(1) };
        await using EventLog log = new(
            "ns", _instrumentation.Around(receiver), options, TimeProvider.System, NullLogger.Instance, observer: _instrumentation.EventObserver);

        log.Append(new TaskExitedEvent("c1", "c1", new ProcessExit(1, 137, default)));
        log.Append(new TaskExitedEvent("c1", "e1", new ProcessExit(2, 0, default)));
        log.Append(new TaskExitedEvent("c1", "e2", new ProcessExit(3, 1, default)));
        log.Append(new TaskOomEvent("c1"));
        await log.FlushAsync(CancellationToken.None).WaitAsync(OsFixture.Bound);

        string[] expected =
        [
            "containershim.events.retries{containershim.event.topic=/tasks/exit}",
            "containershim.events.published{containershim.event.topic=/tasks/exit}",
            "containershim.events.published{containershim.event.topic=/tasks/exit}",
            "containershim.events.published{containershim.event.topic=/tasks/exit}",
            "containershim.events.dropped{containershim.event.topic=/tasks/oom,containershim.event.drop.reason=rejected}",
            "containershim.exits{containershim.process.kind=init,containershim.exit.reason=signal}",
            "containershim.exits{containershim.process.kind=exec,containershim.exit.reason=success}",
            "containershim.exits{containershim.process.kind=exec,containershim.exit.reason=failure}",
            "containershim.oom_events{}",
        ];
        await OsFixture.UntilAsync(() => _recorder.Measurements.Count >= expected.Length);
        Assert.That(_recorder.Series, Is.EquivalentTo(expected));
    }

    [Test]
    public async Task Events_ThatGiveWay_AreCounted()
    {
        TaskCompletionSource gate = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Receiver stuck = new() { OnPublish = (_, cancellationToken) => gate.Task.WaitAsync(cancellationToken) };
        EventLogOptions options = new() { Capacity = 1 };
        await using EventLog log = new(
            "ns", _instrumentation.Around(stuck), options, TimeProvider.System, NullLogger.Instance, observer: _instrumentation.EventObserver);

        log.Append(new TaskPausedEvent("c1"));
        log.Append(new TaskResumedEvent("c1"));

        // Told off the lock, on another thread.
        await OsFixture.UntilAsync(() => _recorder.Series.Contains(
            "containershim.events.dropped{containershim.event.topic=/tasks/paused,containershim.event.drop.reason=capacity}"));
        gate.SetResult();
    }

    [Test]
    public void State_OfAnEngine_IsReadWhenAsked()
    {
        EngineHarness engine = new();
        StreamCounters stdio = new("all");
        _instrumentation.Observe(engine.Service, engine.Log, stdio);
        engine.Run("c1");
        engine.RunExec("c1", "e1");
        engine.Service.CreateAsync(Requests.Create("c2")).Now();
        stdio.AddTaken(10);
        stdio.AddDropped(3);

        Assert.That(_recorder.Collect(), Is.EquivalentTo(new Dictionary<string, double>
        {
            ["containershim.containers{containershim.status=running}"] = 1,
            ["containershim.containers{containershim.status=created}"] = 1,
            ["containershim.processes{containershim.process.kind=init}"] = 1,
            ["containershim.processes{containershim.process.kind=exec}"] = 1,
            ["containershim.events.pending{}"] = 0,
            ["containershim.stdio.relayed{}"] = 10,
            ["containershim.stdio.dropped{}"] = 3,
        }));
    }

    [Test]
    public async Task BrokenListeners_OfSpansAndMetrics_FailNoOperationAndLoseNoEvent()
    {
        using TelemetryRecorder broken = new(_namespace, isBroken: true);
        _tasks.StartAsync(default!, default).ReturnsForAnyArgs(new StartResult(5));
        _tasks.KillAsync(default!, default).ReturnsForAnyArgs(Task.FromException(ShimException.NotFound("process")));
        IShimTaskService measured = _instrumentation.Around(_tasks);
        Activity? before = Activity.Current;

        Assert.That((await measured.StartAsync(new StartRequest("c1"))).Pid, Is.EqualTo(5));
        ShimException failure = (await Assert.ThrowsAsync<ShimException>(() => measured.KillAsync(new KillRequest { Id = "c1", Signal = 9 })))!;
        Receiver receiver = new();
        await using EventLog log = new(
            "ns", _instrumentation.Around(receiver), new EventLogOptions(), TimeProvider.System, NullLogger.Instance, observer: _instrumentation.EventObserver);
        log.Append(new TaskExitedEvent("c1", "c1", new ProcessExit(1, 0, default)));
        await log.FlushAsync(CancellationToken.None).WaitAsync(OsFixture.Bound);

        Assert.That(failure.Code, Is.EqualTo(ShimErrorCode.NotFound));
        Assert.That(receiver.Sequences, Is.EqualTo(new[] { 1 }), "once, and not again for a counter's sake");
        Assert.That(Activity.Current, Is.SameAs(before));
    }

    [Test]
    public void Dispose_EndsTheInstruments()
    {
        EngineHarness engine = new();
        _instrumentation.Observe(engine.Service, engine.Log, new StreamCounters("all"));

        _instrumentation.Dispose();

        Assert.That(_recorder.Collect(), Is.Empty);
    }
}
