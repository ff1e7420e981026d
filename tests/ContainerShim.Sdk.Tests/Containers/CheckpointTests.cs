using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class CheckpointTests
{
    [Test]
    public void Checkpoint_RunsOn_IsReported()
    {
        EngineHarness engine = new();
        engine.Run("c");

        CheckpointAsync(engine, exit: false).Now();

        Assert.That((engine.Events[^1], engine.Status("c")), Is.EqualTo(("checkpointed c", ContainerStatus.Running)));
    }

    [Test]
    public void Checkpoint_EndsTheContainer_IsReportedBeforeTheExit()
    {
        EngineHarness engine = new();
        engine.Run("c");

        CheckpointAsync(engine, exit: true).Now();

        Assert.That(engine.Events.Skip(2), Is.EqualTo(new[] { "checkpointed c", "exit c 0" }));
        Assert.That(engine.Rules.Violations, Is.Empty);
    }

    [Test]
    public void Checkpoint_EndsTheContainerAndHangs_DoesNotHoldBackTheExit()
    {
        EngineHarness engine = new();
        engine.Run("c");
        engine.Calls.Next("runtime.checkpoint", CallPlan.HoldDone);
        Task checkpoint = CheckpointAsync(engine, exit: true);

        engine.After(engine.Timeouts.StartReturnGrace);
        engine.After(engine.Timeouts.StartReturnGrace);
        Assert.That(engine.Events[^1], Is.EqualTo("exit c 0"));
        engine.Calls.HeldOf("runtime.checkpoint").Release();

        checkpoint.Now();
        Assert.That(engine.Rules.Violations, Is.Empty);
    }

    [Test]
    public void Checkpoint_AnotherCallFailsMeanwhile_StaysFrozenUntilItsOwnEnd()
    {
        EngineHarness engine = new();
        engine.Run("c");
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        engine.Calls.Next("runtime.checkpoint", CallPlan.Hold);
        engine.Calls.Next("runtime.exec", CallPlan.Hold);
        Task<StartResult> exec = engine.Service.StartAsync(new StartRequest("c", "e"));
        Task checkpoint = CheckpointAsync(engine, exit: false);
        engine.Kernel.Freeze("c");

        engine.Calls.HeldOf("runtime.exec").Fail(ShimException.Unknown("OCI runtime exec failed: container is frozen"));
        exec.Refusal();
        Assert.That(engine.Kernel.IsFrozen("c"), "CRIU dumps it");

        engine.Calls.HeldOf("runtime.checkpoint").Fail(ShimException.Unknown("criu failed"));
        checkpoint.Refusal();
        Assert.That(engine.Kernel.IsFrozen("c"), Is.False, "nobody wants it frozen any more");
    }

    [Test]
    public void Checkpoint_RuntimeCannot_IsUnimplemented()
    {
        EngineHarness engine = new(canCheckpoint: false);
        engine.Run("c");

        Assert.That(CheckpointAsync(engine, exit: false).Refusal().Code, Is.EqualTo(ShimErrorCode.Unimplemented));
    }

    [TestCase(false)]
    [TestCase(true)]
    public void Checkpoint_RuntimeIsWrapped_IsPossibleIfItWas(bool canCheckpoint)
    {
        EngineHarness engine = new(canCheckpoint, wrap: static runtime => new Wrapper(new Wrapper(runtime)));
        engine.Run("c");

        Task checkpoint = CheckpointAsync(engine, exit: false);

        if (canCheckpoint)
        {
            checkpoint.Now();
        }
        else
        {
            Assert.That(checkpoint.Refusal().Message, Is.EqualTo("the runtime cannot checkpoint: not implemented"));
        }
    }

    [TestCase("", "")]
    [TestCase("image", "")]
    [TestCase("/images/../etc", "")]
    [TestCase("/images/.", "")]
    [TestCase("/image\0", "")]
    [TestCase("/image", "work")]
    public void Checkpoint_NotAnAbsoluteCleanPath_IsInvalid(string image, string work)
    {
        EngineHarness engine = new();
        engine.Run("c");

        Task checkpoint = engine.Service.CheckpointAsync(new CheckpointRequest("c", new RuntimeCheckpoint { ImagePath = image, WorkPath = work }));

        Assert.That(checkpoint.Refusal().Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(engine.Calls.Made, Has.None.StartsWith("runtime.checkpoint"));
    }

    [Test]
    public void Restore_NotAnAbsoluteCleanPath_IsInvalid()
    {
        EngineHarness engine = new();

        Task create = engine.Service.CreateAsync(Requests.Create("c") with { Checkpoint = "../image" });

        Assert.That(create.Refusal().Code, Is.EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(engine.Calls.Made, Is.Empty);
    }

    [Test]
    public void Restore_Works_IsReportedAsStarted()
    {
        EngineHarness engine = Restorable();
        Assert.That((engine.Status("c"), engine.State("c").Pid), Is.EqualTo((ContainerStatus.Created, 0)));

        int pid = engine.Service.StartAsync(new StartRequest("c")).Now().Pid;
        engine.Kernel.Exit(pid, 7);

        Assert.That(engine.Events, Is.EqualTo(new[] { "create c", "start c", "exit c 7" }));
        Assert.That(engine.Calls.WasMade("runtime.create c"), Is.False);
        Assert.That(engine.Rules.Violations, Is.Empty);
    }

    [Test]
    public void Restore_AttachFails_LeavesNoProcessAndCanBeDeleted()
    {
        EngineHarness engine = Restorable();
        engine.Calls.Next("stdio.attach", CallPlan.Fail("it broke"));

        Assert.That(engine.Service.StartAsync(new StartRequest("c")).Refusal().Message, Is.EqualTo("it broke"));

        Assert.That(engine.Kernel.Alive(), Is.Empty);
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();
        Assert.That(engine.Events, Is.EqualTo(new[] { "create c", "delete c" }));
        Assert.That(engine.Leftovers(), Is.Empty);
    }

    [Test]
    public void Restore_IdIsTakenInTheRuntime_LeavesTheContainerThatHasIt()
    {
        EngineHarness engine = Restorable();
        engine.Calls.Next("runtime.restore", CallPlan.Fail(ShimException.AlreadyExists("container with given ID")));

        Assert.That(engine.Service.StartAsync(new StartRequest("c")).Refusal().Code, Is.EqualTo(ShimErrorCode.AlreadyExists));

        Assert.That(engine.Calls.Made, Has.None.StartsWith("runtime.delete"));
    }

    [Test]
    public void Restore_CancelledButDone_LeavesNoProcess()
    {
        EngineHarness engine = Restorable();
        engine.Calls.Next("runtime.restore", CallPlan.HoldTooLate);
        using CancellationTokenSource cancel = new();
        Task<StartResult> start = engine.Service.StartAsync(new StartRequest("c"), cancel.Token);

        cancel.Cancel();

        Assert.That(start.IsCanceled);
        Assert.That((engine.Kernel.Alive().Count, engine.Orphans.Holds), Is.EqualTo((0, 0)));
    }

    [Test]
    public void Restore_RuntimeCannot_IsUnimplemented()
    {
        EngineHarness engine = new(canCheckpoint: false);
        engine.Service.CreateAsync(Requests.Create("c") with { Checkpoint = "/image" }).Now();

        Assert.That(engine.Service.StartAsync(new StartRequest("c")).Refusal().Code, Is.EqualTo(ShimErrorCode.Unimplemented));
    }

    private static EngineHarness Restorable()
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("c") with { Checkpoint = "/image" }).Now();
        return engine;
    }

    private static Task CheckpointAsync(EngineHarness engine, bool exit) =>
        engine.Service.CheckpointAsync(new CheckpointRequest("c", new RuntimeCheckpoint { ImagePath = "/image", Exit = exit }));

    private sealed class Wrapper(IOciRuntime inner) : DelegatingRuntime(inner);
}
