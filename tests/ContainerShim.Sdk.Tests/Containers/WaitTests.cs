using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class WaitTests
{
    [Test]
    public void Wait_BeforeTheEnd_EndsWhenTheExitIsLogged()
    {
        EngineHarness engine = new();
        int pid = engine.Run("c");
        Task<WaitResult> wait = engine.Service.WaitAsync(new WaitRequest("c"));
        int eventsThen = 0;
        _ = wait.ContinueWith(
            _ => eventsThen = engine.Events.Count, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);

        engine.Kernel.Exit(pid, 7);

        Assert.That(wait.Now(), Is.EqualTo(new WaitResult(7, engine.Time.GetUtcNow())));
        Assert.That(eventsThen, Is.EqualTo(3));
    }

    [Test]
    public void Wait_BetweenDeathAndReport_EndsWithTheReport()
    {
        EngineHarness engine = new();
        engine.Run("c");
        int exec = engine.RunExec("c", "e");
        engine.Kernel.Exit(1001, 7);

        Task<WaitResult> wait = engine.Service.WaitAsync(new WaitRequest("c"));
        Assert.That(wait.IsCompleted, Is.False);
        engine.Kernel.Exit(exec, 137);

        Assert.That(wait.Now().ExitCode, Is.EqualTo(7));
    }

    [Test]
    public void Wait_AfterTheEnd_IsAnsweredAtOnce()
    {
        EngineHarness engine = new();
        engine.Kernel.Exit(engine.Run("c"), 7);

        Assert.That(engine.Service.WaitAsync(new WaitRequest("c")).Now().ExitCode, Is.EqualTo(7));
    }

    [Test]
    public void Wait_Cancelled_EndsAlone()
    {
        EngineHarness engine = new();
        int pid = engine.Run("c");
        using CancellationTokenSource cancel = new();
        Task<WaitResult> cancelled = engine.Service.WaitAsync(new WaitRequest("c"), cancel.Token);
        Task<WaitResult> other = engine.Service.WaitAsync(new WaitRequest("c"));

        cancel.Cancel();

        Assert.That((cancelled.IsCanceled, other.IsCompleted), Is.EqualTo((true, false)));
        engine.Kernel.Exit(pid, 7);
        Assert.That(other.Now().ExitCode, Is.EqualTo(7));
    }

    [Test]
    public void Wait_ContainerDeletedBeforeStart_IsReleased()
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("c")).Now();
        Task<WaitResult> wait = engine.Service.WaitAsync(new WaitRequest("c"));

        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        Assert.That(wait.Now().ExitCode, Is.EqualTo(137));
    }

    [Test]
    public void Wait_AfterDelete_IsNotFound()
    {
        EngineHarness engine = new();
        engine.Kernel.Exit(engine.Run("c"), 7);
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        Assert.That(engine.Service.WaitAsync(new WaitRequest("c")).Refusal().Code, Is.EqualTo(ShimErrorCode.NotFound));
    }
}
