using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class DeleteTests
{
    [Test]
    public void Delete_Stopped_LeavesNothing()
    {
        EngineHarness engine = Stopped();
        DateTimeOffset exitedAt = engine.Time.GetUtcNow();
        engine.After(TimeSpan.FromMinutes(1));

        DeleteResult result = engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        Assert.That(result, Is.EqualTo(new DeleteResult(1001, 7, exitedAt)));
        Assert.That(engine.Events[^1], Is.EqualTo("delete c"));
        Assert.That(engine.Leftovers(), Is.Empty);
        Assert.That(engine.Runtime.Containers, Is.Empty);
        Assert.That(engine.Rules.Violations, Is.Empty);
    }

    [Test]
    public void Delete_Twice_IsNotFound()
    {
        EngineHarness engine = Stopped();
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        ShimException refusal = engine.Service.DeleteAsync(new DeleteRequest("c")).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.NotFound, "container not created: not found")));
    }

    [Test]
    public void Delete_TwiceAtOnce_TheSecondIsNotFound()
    {
        EngineHarness engine = Stopped();
        engine.Calls.Next("runtime.delete", CallPlan.Hold);
        Task<DeleteResult> first = engine.Service.DeleteAsync(new DeleteRequest("c"));
        Task<DeleteResult> second = engine.Service.DeleteAsync(new DeleteRequest("c"));

        engine.Calls.HeldOf("runtime.delete").Release();

        first.Now();
        ShimException refusal = second.Refusal();
        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.NotFound, "cannot delete a deleted process: not found")));
    }

    [Test]
    public void Delete_Created_EndsItAndReportsTheExitFirst()
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("c")).Now();

        DeleteResult result = engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        Assert.That(result.ExitCode, Is.EqualTo(137));
        Assert.That(engine.Events, Is.EqualTo(new[] { "create c", "exit c 137", "delete c" }));
        Assert.That(engine.Leftovers(), Is.Empty);
    }

    [Test]
    public void Delete_CreatedCannotBeKilled_FailsAndCanBeRetried()
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("c")).Now();
        engine.Kernel[1001].IsStuck = true;
        Task<DeleteResult> delete = engine.Service.DeleteAsync(new DeleteRequest("c"));

        engine.After(engine.Timeouts.KillCreated);
        Assert.That(delete.Refusal().Code, Is.EqualTo(ShimErrorCode.DeadlineExceeded));
        engine.Kernel.Unstick(engine.Kernel[1001]);

        Assert.That(engine.Service.DeleteAsync(new DeleteRequest("c")).Now().ExitCode, Is.EqualTo(137));
    }

    [Test]
    public void Delete_CreatedFromCheckpoint_HasNoExit()
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("c") with { Checkpoint = "/image" }).Now();
        Task<WaitResult> wait = engine.Service.WaitAsync(new WaitRequest("c"));

        DeleteResult result = engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        Assert.That(result, Is.EqualTo(new DeleteResult(0, 0, null)));
        Assert.That(engine.Events, Is.EqualTo(new[] { "create c", "delete c" }));
        Assert.That(engine.Leftovers(), Is.Empty);
        wait.Now();
    }

    [Test]
    public void Delete_RuntimeFails_CanBeRetried()
    {
        EngineHarness engine = Stopped();
        engine.Calls.Next("runtime.delete", CallPlan.Fail("failed to delete task: device or resource busy"));

        ShimException refusal = engine.Service.DeleteAsync(new DeleteRequest("c")).Refusal();
        Assert.That(refusal.Message, Is.EqualTo("failed to delete task: device or resource busy"));
        Assert.That(engine.Status("c"), Is.EqualTo(ContainerStatus.Stopped));

        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();
        Assert.That(engine.Leftovers(), Is.Empty);
    }

    [Test]
    public void Delete_RuntimeHangsAndCallerGivesUp_CanBeRetried()
    {
        EngineHarness engine = Stopped();
        engine.Calls.Next("runtime.delete", CallPlan.Hold);
        using CancellationTokenSource cancel = new();
        Task<DeleteResult> delete = engine.Service.DeleteAsync(new DeleteRequest("c"), cancel.Token);

        cancel.Cancel();
        Assert.That(delete.IsCanceled);

        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();
        Assert.That(engine.Leftovers(), Is.Empty);
    }

    [Test]
    public void Delete_RuntimeNoLongerKnowsIt_Succeeds()
    {
        EngineHarness engine = Stopped();
        engine.Calls.Next("runtime.delete", CallPlan.Fail(ShimException.NotFound("no such container")));

        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        Assert.That(engine.Events[^1], Is.EqualTo("delete c"));
    }

    [Test]
    public void Delete_UnmountFails_CanBeRetried()
    {
        EngineHarness engine = Stopped();
        engine.Calls.Next("unmount", CallPlan.Fail("device or resource busy"));

        ShimException refusal = engine.Service.DeleteAsync(new DeleteRequest("c")).Refusal();
        Assert.That(refusal.Message, Is.EqualTo("failed rootfs umount: device or resource busy"));

        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();
        Assert.That(engine.Mounter.Mounted, Is.Empty);
    }

    [Test]
    public void Delete_ReaderIsSlow_AsksTheRuntimeMeanwhileAndEndsAfterTheDrainTime()
    {
        EngineHarness engine = Stopped();
        engine.Calls.Next("stdio.drain", CallPlan.Hold);
        Task<DeleteResult> delete = engine.Service.DeleteAsync(new DeleteRequest("c"));
        Assert.That(engine.Runtime.Containers, Is.Empty);
        Assert.That(delete.IsCompleted, Is.False);

        engine.After(engine.Timeouts.Drain);

        delete.Now();
        Assert.That(engine.Leftovers(), Is.Empty);
    }

    [Test]
    public void Delete_ExecsWereNeverDeleted_TakesThemAlong()
    {
        EngineHarness engine = new();
        engine.Run("c");
        engine.Kernel.Exit(engine.RunExec("c", "ended"), 3);
        engine.Service.ExecAsync(Requests.Exec("c", "added")).Now();
        Task<WaitResult> wait = engine.Service.WaitAsync(new WaitRequest("c", "added"));
        engine.Kernel.Exit(1001, 7);

        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        Assert.That(wait.Now(), Is.EqualTo(new WaitResult(255, null)));
        Assert.That(engine.Leftovers(), Is.Empty);
    }

    [Test]
    public void Delete_ExecCannotBeKilled_ItsLateExitIsNotTakenForASuccessors()
    {
        EngineHarness engine = new();
        engine.Rules.ExecsMayOutlastInit = true;
        engine.Run("c");
        FakeProcess stuck = engine.Kernel[engine.RunExec("c", "e")];
        stuck.IsStuck = true;
        engine.Kernel.Exit(1001, 7);
        engine.After(engine.Timeouts.ExecStartGrace + engine.Timeouts.ExecEndGrace);
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();
        engine.Run("c");

        engine.Kernel.Exit(stuck.Pid, 137);
        engine.Kernel.Unstick(stuck);

        Assert.That(engine.Events.TakeLast(3), Is.EqualTo(new[] { "delete c", "create c", "start c" }));
        Assert.That((engine.Monitor.Open, engine.Rules.Violations.Count), Is.EqualTo((1, 0)), "it is reaped all the same");
    }

    [Test]
    public void Delete_Done_IdCanBeUsedAgain()
    {
        EngineHarness engine = Stopped();
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        engine.Run("c");

        Assert.That(engine.Events.TakeLast(2), Is.EqualTo(new[] { "create c", "start c" }));
        Assert.That(engine.Rules.Violations, Is.Empty);
    }

    private static EngineHarness Stopped()
    {
        EngineHarness engine = new();
        engine.Bundles.SharePidNamespace("/bundles/c");
        engine.Kernel.Exit(engine.Run("c"), 7);
        return engine;
    }
}
