using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Embedding;

internal sealed class StopTests
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    [Test]
    public async Task Stop_OfAProcessThatFollows_IsNotKilled()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");

        ProcessExit exit = await container.StopAsync(Grace).WaitAsync(OsFixture.Bound);

        Assert.That(exit.ExitCode, Is.EqualTo(143));
        Assert.That(harness.Engine.Calls.Made, Has.None.EqualTo("runtime.kill c 9"));
    }

    [Test]
    public async Task Stop_OfAProcessThatDoesNot_IsKilledAfterTheGrace()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");

        // The fake kernel knows 9 and 15 only.
        Task<ProcessExit> stop = container.StopAsync(Grace, signal: 3);
        await harness.MadeAsync("runtime.kill c 3");
        Assert.That(harness.Engine.Calls.Made, Has.None.EqualTo("runtime.kill c 9"));
        await harness.PassAsync(Grace, stop);

        Assert.That((await stop).ExitCode, Is.EqualTo(137));
    }

    [Test]
    public async Task Stop_WithoutGrace_KillsAtOnce()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");

        Assert.That((await container.StopAsync(TimeSpan.Zero).WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        Assert.That(harness.Engine.Calls.Made, Has.None.EqualTo("runtime.kill c 15"));
    }

    [Test]
    public async Task Stop_WhileTheRuntimeHangs_KillsWithoutIt()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        harness.Engine.Calls.Next("runtime.kill", CallPlan.Hold);
        harness.Engine.Calls.Next("runtime.kill", CallPlan.Hold);

        Task<ProcessExit> stop = container.StopAsync(Grace);
        await harness.MadeAsync("runtime.kill c 15");
        await harness.PassAsync(Grace, stop);

        Assert.That((await stop).ExitCode, Is.EqualTo(137));
        Assert.That(harness.Engine.Calls.Made, Has.Some.EqualTo("monitor.signal 1001 9"));
    }

    [Test]
    public async Task Stop_ThatCannotAsk_TellsWhy()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        harness.Engine.Calls.Next("runtime.kill", CallPlan.Fail(ShimException.InvalidArgument("unknown signal")));

        ShimException? failure = await Assert.ThrowsAsync<ShimException>(() => container.StopAsync(Grace, signal: 99).WaitAsync(OsFixture.Bound));
        Assert.That(failure!.Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(container.Status, Is.EqualTo(ContainerStatus.Running));
    }

    [Test]
    public async Task Stop_ThatCannotAskSinceTheRuntimeFails_KillsAtOnce()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        harness.Engine.Calls.Next("runtime.kill", CallPlan.Fail(ShimException.DeadlineExceeded("runc kill did not end within 1 s")));

        ProcessExit exit = await container.StopAsync(TimeSpan.MaxValue).WaitAsync(OsFixture.Bound);

        Assert.That(exit.ExitCode, Is.EqualTo(137));
    }

    [Test]
    public async Task Stop_ThatMustNotKillAndCannotAsk_TellsWhyAtOnce()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        harness.Engine.Calls.Next("runtime.kill", CallPlan.Fail("no runc"));

        ShimException? failure = await Assert.ThrowsAsync<ShimException>(
            () => container.StopAsync(Timeout.InfiniteTimeSpan).WaitAsync(OsFixture.Bound));

        Assert.That(failure!.Message, Does.Contain("no runc"));
        Assert.That(container.Status, Is.EqualTo(ContainerStatus.Running));
    }

    [Test]
    public async Task Stop_WithAGraceThatNoTimerTakes_WaitsForTheProcess()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");

        Task<ProcessExit> stop = container.StopAsync(TimeSpan.MaxValue, signal: 3);
        await harness.MadeAsync("runtime.kill c 3");
        harness.Engine.Kernel.Exit(container.Pid, 4);

        Assert.That((await stop.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(4));
    }

    [Test]
    public async Task Stop_OfAnEndedContainer_ReturnsItsExit()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        harness.Engine.Kernel.Exit(container.Pid, 6);

        Assert.That((await container.StopAsync(Grace).WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(6));
        Assert.That(harness.Engine.Calls.Made, Has.None.StartsWith("runtime.kill"));
    }

    [Test]
    public async Task Stop_Cancelled_DoesNotKill()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        using CancellationTokenSource cancel = new();

        Task<ProcessExit> stop = container.StopAsync(Grace, signal: 3, cancel.Token);
        await harness.MadeAsync("runtime.kill c 3");
        await cancel.CancelAsync();

        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => stop.WaitAsync(OsFixture.Bound));
        Assert.That(container.Status, Is.EqualTo(ContainerStatus.Running));
        Assert.That(harness.Engine.Calls.Made, Has.None.EqualTo("runtime.kill c 9"));
    }

    [Test]
    public async Task Dispose_OfARunningContainer_KillsAndDeletesOnce()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");

        await container.DisposeAsync().AsTask().WaitAsync(OsFixture.Bound);
        await container.DisposeAsync().AsTask().WaitAsync(OsFixture.Bound);

        Assert.That(harness.Engine.Calls.Made.Count(static call => call.StartsWith("runtime.delete c", StringComparison.Ordinal)), Is.EqualTo(1));
        Assert.That(harness.Engine.Leftovers(), Is.Empty);
    }

    [Test]
    public async Task Wait_AfterTheEngine_IsEnded()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        Task<ProcessExit> wait = container.WaitAsync();

        await harness.EndAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.WaitAsync(OsFixture.Bound));
        Assert.That(() => container.StartAsync(), Throws.InstanceOf<ObjectDisposedException>());
    }
}
