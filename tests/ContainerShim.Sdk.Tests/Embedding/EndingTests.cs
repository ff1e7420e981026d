using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Embedding;

/// <summary>Calls that are under way when the engine ends, and those that come later.</summary>
internal sealed class EndingTests
{
    [Test]
    public async Task End_WhileTheRuntimeStarts_CancelsTheStartAndWaitsForIt()
    {
        EmbeddedHarness harness = new(leavesContainers: true);
        harness.Engine.Service.CreateAsync(Requests.Create("c")).Now();
        harness.Engine.Calls.Next("runtime.start", CallPlan.Hold);
        Task start = harness.HandleOf("c").StartAsync();
        await harness.MadeAsync("runtime.start c");

        await harness.EndAsync().WaitAsync(OsFixture.Bound);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => start.WaitAsync(OsFixture.Bound));
        Assert.That(harness.Engine.Calls.Held, Is.Empty);
    }

    [Test]
    public async Task End_WhileARuntimeDoesNotHeedItsToken_LetsTheCallerGo()
    {
        EmbeddedHarness harness = new(leavesContainers: true);
        ShimContainer container = harness.Run("c");
        harness.Engine.Calls.Next("runtime.pause", CallPlan.HoldDeaf);
        Task pause = container.PauseAsync();
        await harness.MadeAsync("runtime.pause c");

        Task over = harness.Calls.EndAsync();
        Assert.That(over.IsCompleted, Is.False);
        await harness.Calls.CompleteAsync();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => pause.WaitAsync(OsFixture.Bound));
        harness.Engine.Calls.HeldOf("runtime.pause").Release();
        await over.WaitAsync(OsFixture.Bound);
    }

    [Test]
    public async Task Call_Cancelled_TellsTheTokenOfTheCaller()
    {
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        harness.Engine.Calls.Next("runtime.pause", CallPlan.Hold);
        using CancellationTokenSource cancel = new();
        Task pause = container.PauseAsync(cancel.Token);
        await harness.MadeAsync("runtime.pause c");

        await cancel.CancelAsync();

        OperationCanceledException? error = await Assert.ThrowsAsync<OperationCanceledException>(() => pause.WaitAsync(OsFixture.Bound));
        Assert.That(error!.CancellationToken, Is.EqualTo(cancel.Token));
    }

    [Test]
    public async Task Tasks_UnderWayAtTheEnd_AreCancelledAndNoMoreBegin()
    {
        EmbeddedHarness harness = new(leavesContainers: true);
        CountedTaskService tasks = new(harness.Engine.Service, harness.Calls);
        harness.Run("c");
        harness.Engine.Calls.Next("runtime.create", CallPlan.Hold);
        Task create = tasks.CreateAsync(Requests.Create("d"));
        Task wait = tasks.WaitAsync(new WaitRequest("c"));
        await harness.MadeAsync("runtime.create d");

        await harness.EndAsync().WaitAsync(OsFixture.Bound);

        await Assert.ThrowsAsync<ObjectDisposedException>(() => create.WaitAsync(OsFixture.Bound));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => wait.WaitAsync(OsFixture.Bound));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => tasks.StateAsync(new StateRequest("c")));
        await Assert.ThrowsAsync<ObjectDisposedException>(() => tasks.WaitAsync(new WaitRequest("c")));
        Assert.That(harness.Engine.Service.Containers.Find("d"), Is.Null);
    }

    [Test]
    public async Task Tasks_WaitForAProcessThatEnds_TellsItsStatus()
    {
        EmbeddedHarness harness = new();
        CountedTaskService tasks = new(harness.Engine.Service, harness.Calls);
        ShimContainer container = harness.Run("c");
        Task<WaitResult> wait = tasks.WaitAsync(new WaitRequest("c"));

        harness.Engine.Kernel.Exit(container.Pid, 6);

        Assert.That((await wait.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(6));
    }

    [Test]
    public async Task Dispose_OfAProcessWhileItsEngineEnds_LeavesItToTheNext()
    {
        EmbeddedHarness harness = new(leavesContainers: true);
        harness.Run("c");
        ShimProcess process = harness.StartExec("c", "e", Timeout.InfiniteTimeSpan);

        await harness.Calls.EndAsync();
        await process.DisposeAsync().AsTask().WaitAsync(OsFixture.Bound);

        Assert.That(harness.Engine.Kernel[process.Pid].IsAlive);
    }

    [Test]
    public void Process_AskedForWhatCannotBe_AnswersByTheTask()
    {
        EmbeddedHarness harness = new();
        harness.Run("c");
        ShimProcess process = harness.StartExec("c", "e", Timeout.InfiniteTimeSpan);
        harness.Engine.Kernel.Exit(process.Pid, 0);

        Task kill = process.KillAsync();
        Task resize = process.ResizeAsync(1, 1);
        Task close = process.CloseInputAsync(new CancellationToken(canceled: true));

        Assert.That(async () => await kill, Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.NotFound));
        Assert.That(async () => await resize, Throws.TypeOf<ShimException>());
        Assert.That(async () => await close, Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Wait_CancelledManyTimes_KeepsNothing()
    {
        const int Waits = 50_000;
        EmbeddedHarness harness = new();
        ShimContainer container = harness.Run("c");
        await CancelledWaitAsync(container);
        long before = GC.GetTotalMemory(forceFullCollection: true);

        for (int i = 0; i < Waits; i++)
        {
            await CancelledWaitAsync(container);
        }

        Assert.That(GC.GetTotalMemory(forceFullCollection: true) - before, Is.LessThan(20 * Waits), "a task alone has 72 bytes");
        Assert.That(container.Status, Is.EqualTo(ContainerStatus.Running));
    }

    private static async Task CancelledWaitAsync(ShimContainer container)
    {
        using CancellationTokenSource cancel = new();
        Task<ProcessExit> wait = container.WaitAsync(cancel.Token);
        cancel.Cancel();
        await ((Task)wait).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        Assert.That(wait.IsCanceled);
    }
}
