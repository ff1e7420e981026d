using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class PauseTests
{
    [Test]
    public void Pause_AndResume_AreReported()
    {
        EngineHarness engine = Running();

        PauseAsync(engine).Now();
        ResumeAsync(engine).Now();

        Assert.That(engine.Events.Skip(2), Is.EqualTo(new[] { "paused c", "resumed c" }));
        Assert.That(engine.Status("c"), Is.EqualTo(ContainerStatus.Running));
    }

    [Test]
    public void Pause_UnderWay_ShowsPausing()
    {
        EngineHarness engine = Running();
        engine.RunExec("c", "e");
        engine.Calls.Next("runtime.pause", CallPlan.Hold);

        _ = PauseAsync(engine);

        Assert.That((engine.Status("c"), engine.Status("c", "e")), Is.EqualTo((ContainerStatus.Pausing, ContainerStatus.Pausing)));
    }

    [Test]
    public void Kill_OfWhatIsPausedByARuntimeThatDoesNotThaw_EndsIt()
    {
        EngineHarness engine = Running();
        engine.Runtime.ThawsToKill = false;
        PauseAsync(engine).Now();

        engine.Service.KillAsync(new KillRequest { Id = "c", Signal = 15 }).Now();
        Assert.That((engine.Kernel[1001].IsAlive, engine.Status("c")), Is.EqualTo((true, ContainerStatus.Paused)), "only SIGKILL thaws");
        engine.Service.KillAsync(new KillRequest { Id = "c", Signal = 9 }).Now();

        Assert.That(engine.Status("c"), Is.EqualTo(ContainerStatus.Stopped));
    }

    [Test]
    public void Pause_Fails_RunsOn()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.pause", CallPlan.Fail("OCI runtime pause failed: no freezer"));

        Assert.That(PauseAsync(engine).Refusal().Message, Is.EqualTo("OCI runtime pause failed: no freezer"));

        Assert.That(engine.Status("c"), Is.EqualTo(ContainerStatus.Running));
    }

    [Test]
    public void Pause_FailsHalfWay_IsThawed()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.pause", CallPlan.Hold);
        Task pause = PauseAsync(engine);
        engine.Kernel.Freeze("c");

        engine.Calls.HeldOf("runtime.pause").Fail(ShimException.Unknown("OCI runtime pause failed: signal: killed"));

        pause.Refusal();
        Assert.That((engine.Kernel.IsFrozen("c"), engine.Status("c")), Is.EqualTo((false, ContainerStatus.Running)));
    }

    [Test]
    public void Pause_HangsAndIsCancelled_IsThawedAndRuns()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.pause", CallPlan.HoldTooLate);
        using CancellationTokenSource cancel = new();
        Task pause = engine.Service.PauseAsync(new PauseRequest("c"), cancel.Token);

        cancel.Cancel();

        Assert.That(pause.IsCanceled);
        Assert.That((engine.Kernel.IsFrozen("c"), engine.Status("c")), Is.EqualTo((false, ContainerStatus.Running)));
        Assert.That(engine.Events, Has.Count.EqualTo(2), "nothing was reported");
    }

    [Test]
    public void Update_CancelledWhileTheRuntimeHadItFrozen_IsThawed()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.update", CallPlan.Hold);
        using CancellationTokenSource cancel = new();
        Task update = engine.Service.UpdateAsync(new UpdateRequest("c", "{}"u8.ToArray()), cancel.Token);
        engine.Kernel.Freeze("c");

        cancel.Cancel();

        Assert.That(update.IsCanceled);
        Assert.That(engine.Kernel.IsFrozen("c"), Is.False);
    }

    [Test]
    public void Update_CancelledWhilePaused_StaysPaused()
    {
        EngineHarness engine = Running();
        PauseAsync(engine).Now();
        engine.Calls.Next("runtime.update", CallPlan.Hold);
        using CancellationTokenSource cancel = new();
        _ = engine.Service.UpdateAsync(new UpdateRequest("c", "{}"u8.ToArray()), cancel.Token);

        cancel.Cancel();

        Assert.That(engine.Kernel.IsFrozen("c"));
    }

    [Test]
    public void Kill_CancelledWhilePauseIsUnderWay_DoesNotUndoThePause()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.pause", CallPlan.HoldDone);
        engine.Calls.Next("runtime.kill", CallPlan.Hold);
        Task pause = PauseAsync(engine);
        using CancellationTokenSource cancel = new();
        _ = engine.Service.KillAsync(new KillRequest { Id = "c", Signal = 1 }, cancel.Token);

        cancel.Cancel();
        engine.Calls.HeldOf("runtime.pause").Release();

        pause.Now();
        Assert.That((engine.Kernel.IsFrozen("c"), engine.Status("c")), Is.EqualTo((true, ContainerStatus.Paused)));
    }

    [Test]
    public void Resume_CancelledButDone_Runs()
    {
        EngineHarness engine = Running();
        PauseAsync(engine).Now();
        engine.Calls.Next("runtime.resume", CallPlan.HoldTooLate);
        using CancellationTokenSource cancel = new();
        Task resume = engine.Service.ResumeAsync(new ResumeRequest("c"), cancel.Token);

        cancel.Cancel();

        resume.Now();
        Assert.That((engine.Status("c"), engine.Events[^1]), Is.EqualTo((ContainerStatus.Running, "resumed c")));
    }

    [Test]
    public void Resume_CancelledAndNotDone_StaysPaused()
    {
        EngineHarness engine = Running();
        PauseAsync(engine).Now();
        engine.Calls.Next("runtime.resume", CallPlan.Hold);
        using CancellationTokenSource cancel = new();
        Task resume = engine.Service.ResumeAsync(new ResumeRequest("c"), cancel.Token);

        cancel.Cancel();

        Assert.That((resume.IsCanceled, engine.Status("c")), Is.EqualTo((true, ContainerStatus.Paused)));
        ResumeAsync(engine).Now();
    }

    [Test]
    public void Exit_WhilePauseIsUnderWay_IsReportedAndNothingAfter()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.pause", CallPlan.Hold);
        Task pause = PauseAsync(engine);

        engine.Kernel.Exit(1001, 7);
        Assert.That(engine.Events[^1], Is.EqualTo("exit c 7"));
        engine.Calls.HeldOf("runtime.pause").ReturnUndone();

        pause.Now();
        Assert.That((engine.Status("c"), engine.Events[^1]), Is.EqualTo((ContainerStatus.Stopped, "exit c 7")));
    }

    [Test]
    public void Exit_Frozen_TheOthersAreThawedSoThatTheyCanDie()
    {
        EngineHarness engine = Running();
        int exec = engine.RunExec("c", "e");
        PauseAsync(engine).Now();
        engine.Kernel.DieFrozen(1001, 137);
        engine.Kernel.Exit(exec, 137);

        Assert.That(engine.Kernel.IsFrozen("c"), Is.False);
        Assert.That(engine.Events.TakeLast(2), Is.EqualTo(new[] { "exit c/e 137", "exit c 137" }));
    }

    [Test]
    public void Exit_FrozenAndTheCgroupUnknown_TheOthersAreResumedByTheRuntime()
    {
        EngineHarness engine = new();
        engine.Calls.Next("cgroup.load", CallPlan.Fail("no cgroup"));
        engine.Run("c");
        int exec = engine.RunExec("c", "e");
        PauseAsync(engine).Now();
        engine.Kernel.DieFrozen(1001, 137);
        engine.Kernel.Exit(exec, 137);

        Assert.That(engine.Calls.WasMade("runtime.resume c"));
        Assert.That(engine.Events.TakeLast(2), Is.EqualTo(new[] { "exit c/e 137", "exit c 137" }));
    }

    private static EngineHarness Running()
    {
        EngineHarness engine = new();
        engine.Run("c");
        return engine;
    }

    private static Task PauseAsync(EngineHarness engine) => engine.Service.PauseAsync(new PauseRequest("c"));

    private static Task ResumeAsync(EngineHarness engine) => engine.Service.ResumeAsync(new ResumeRequest("c"));
}
