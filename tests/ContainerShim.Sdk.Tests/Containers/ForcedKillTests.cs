using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

/// <summary>SIGKILL of a container whose runtime hangs or fails.</summary>
internal sealed class ForcedKillTests
{
    private const int MessageId = 132;

    private static readonly ShimException[] _failures =
    [
        ShimException.Unknown("unknown error after kill: fork/exec /usr/bin/runc: no such file or directory"),
        ShimException.DeadlineExceeded("runc kill did not end within 1 s"),
        ShimException.ResourceExhausted("too many open files"),
        ShimException.PermissionDenied("runc can be changed by others"),
    ];

    private static readonly CallPlan[] _hangs = [CallPlan.Hold, CallPlan.HoldDeaf];

    private LogRecorder _log = null!;

    [SetUp]
    public void BeginLog() => _log = new LogRecorder();

    [TestCaseSource(nameof(_hangs))]
    public void Kill_RuntimeHangs_KillsInitWithoutItInTime(CallPlan plan)
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", plan);
        Task kill = KillAsync(engine);

        engine.After(engine.Timeouts.KillByRuntime - TimeSpan.FromMilliseconds(1));
        Assert.That((kill.IsCompleted, engine.Kernel[1001].IsAlive), Is.EqualTo((false, true)), "the runtime has its time");
        engine.After(TimeSpan.FromMilliseconds(1));

        kill.Now();
        Assert.That(engine.Events, Is.EqualTo(new[] { "create c", "start c", "exit c 137" }));
        Assert.That(_log.Count(MessageId), Is.EqualTo(1));
    }

    [Test]
    public void Kill_RuntimeHangs_EndsItsCall()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", CallPlan.Hold);
        Task kill = KillAsync(engine);

        engine.After(engine.Timeouts.KillByRuntime);

        kill.Now();
        Assert.That(engine.Calls.Held, Is.Empty);
    }

    [TestCaseSource(nameof(_failures))]
    public void Kill_RuntimeFails_KillsInitAtOnce(ShimException failure)
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", CallPlan.Fail(failure));

        KillAsync(engine).Now();

        Assert.That(engine.Events[^1], Is.EqualTo("exit c 137"));
        Assert.That(_log.Count(MessageId), Is.EqualTo(1));
    }

    [Test]
    public void Kill_RuntimeThrowsWhatItShouldNot_KillsInitAtOnce()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", CallPlan.Fail(new IOException("disk full")));

        KillAsync(engine).Now();

        Assert.That(engine.Events[^1], Is.EqualTo("exit c 137"));
    }

    [Test]
    public void Kill_RuntimeSaysItIsGoneAndSoItIs_IsAnsweredSo()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", CallPlan.Fail(ShimException.NotFound("process already finished")));
        Task kill = KillAsync(engine);
        engine.After(engine.Timeouts.KilledExitNoticed / 2);
        engine.Kernel.Exit(1001, 7);

        Assert.That(kill.Refusal().Code, Is.EqualTo(ShimErrorCode.NotFound));

        Assert.That(engine.Calls.Made, Has.None.StartsWith("monitor.signal"));
        Assert.That(_log.Count(MessageId), Is.Zero);
    }

    [Test]
    public void Kill_RuntimeSaysItIsGoneAndItLivesOn_IsDoneWithoutTheRuntime()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", CallPlan.Fail(ShimException.NotFound("container c")));
        Task kill = KillAsync(engine);
        Assert.That(kill.IsCompleted, Is.False);

        engine.After(engine.Timeouts.KilledExitNoticed);

        kill.Now();
        Assert.That(engine.Events[^1], Is.EqualTo("exit c 137"));
        Assert.That(_log.Count(MessageId), Is.EqualTo(1));
    }

    [Test]
    public void Kill_GivenUpWhileTheRuntimeSaysItIsGone_KillsNothing()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", CallPlan.Fail(ShimException.NotFound("container c")));
        using CancellationTokenSource cancel = new();
        Task kill = KillAsync(engine, cancel.Token);

        cancel.Cancel();
        engine.After(engine.Timeouts.KilledExitNoticed);

        Assert.That(kill.IsCanceled || kill.IsFaulted);
        Assert.That(engine.Kernel[1001].IsAlive);
    }

    [TestCase(1)]
    [TestCase(15)]
    public void Signal_OtherThanSigkill_WaitsForTheRuntime(int signal)
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", CallPlan.Hold);
        Task kill = engine.Service.KillAsync(new KillRequest { Id = "c", Signal = signal });

        engine.After(engine.Timeouts.KillByRuntime * 3);

        Assert.That((kill.IsCompleted, engine.Kernel[1001].IsAlive), Is.EqualTo((false, true)));
        engine.Calls.HeldOf("runtime.kill").Fail(ShimException.Unknown("it failed"));
        Assert.That(kill.Refusal().Message, Is.EqualTo("it failed"));
        Assert.That(engine.Calls.Made, Has.None.StartsWith("monitor.signal"));
    }

    [Test]
    public void Kill_CallerGivesUpBefore_KillsNothing()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", CallPlan.Hold);
        using CancellationTokenSource cancel = new();
        Task kill = KillAsync(engine, cancel.Token);

        cancel.Cancel();
        engine.After(engine.Timeouts.KillByRuntime);

        Assert.That(kill.IsCanceled);
        Assert.That((engine.Status("c"), _log.Count(MessageId)), Is.EqualTo((ContainerStatus.Running, 0)));
    }

    [Test]
    public void Kill_OfPausedWhileTheRuntimeHangs_ThawsAndEndsIt()
    {
        EngineHarness engine = Running();
        engine.Service.PauseAsync(new PauseRequest("c")).Now();
        engine.Calls.Next("runtime.kill", CallPlan.Hold);
        Task kill = KillAsync(engine);

        engine.After(engine.Timeouts.KillByRuntime);

        kill.Now();
        Assert.That((engine.Status("c"), engine.Kernel.IsFrozen("c")), Is.EqualTo((ContainerStatus.Stopped, false)));
    }

    [Test]
    public void Kill_OfCreatedWhileTheRuntimeFails_EndsIt()
    {
        EngineHarness engine = new(log: _log);
        engine.Service.CreateAsync(Requests.Create("c")).Now();
        engine.Calls.Next("runtime.kill", CallPlan.Fail("broken"));

        KillAsync(engine).Now();

        Assert.That(engine.Events, Is.EqualTo(new[] { "create c", "exit c 137" }));
    }

    [Test]
    public void Kill_PidNamespaceOfItsOwn_LeavesTheRestToTheKernel()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("runtime.kill", CallPlan.Fail("broken"));

        KillAsync(engine).Now();

        Assert.That(engine.Calls.WasMade("monitor.signal 1001 9"));
        Assert.That(engine.Calls.Made, Has.None.StartsWith("cgroup.killall"));
    }

    [Test]
    public void Kill_SharedPidNamespace_KillsTheCgroupToo()
    {
        EngineHarness engine = Sharing(out int exec);
        engine.Kernel[1001].IsStuck = true;
        engine.Calls.Next("runtime.kill", CallPlan.Fail("broken"));

        KillAsync(engine).Now();

        // Not at init's exit, which has not come.
        Assert.That((engine.Kernel[1001].IsAlive, engine.Kernel[exec].IsAlive), Is.EqualTo((true, false)));
    }

    [Test]
    public void Kill_SharedPidNamespaceThatDoesNotEmpty_IsAnsweredAllTheSame()
    {
        EngineHarness engine = Sharing(out _);
        engine.Kernel[1001].IsStuck = true;
        engine.Calls.Next("runtime.kill", CallPlan.Fail("broken"));
        engine.Calls.Next("cgroup.killall", CallPlan.Hold);
        Task kill = KillAsync(engine);
        Assert.That(kill.IsCompleted, Is.False);

        engine.After(engine.Timeouts.KillRest);

        kill.Now();
        engine.Kernel.Unstick(engine.Kernel[1001]);
        Assert.That(engine.Status("c"), Is.EqualTo(ContainerStatus.Stopped));
    }

    [Test]
    public void Kill_InitIsNotWatchedYet_IsDoneByTheCgroup()
    {
        EngineHarness engine = NotWatched();

        KillAsync(engine).Now();

        Assert.That(engine.Kernel[1001].IsAlive, Is.False);
    }

    [Test]
    public void Kill_ByTheCgroupThatFails_TellsWhy()
    {
        EngineHarness engine = NotWatched();
        engine.Calls.Next("cgroup.killall", CallPlan.Fail(new LinuxException(Errno.EMFILE, "pidfd_open 7")));

        Assert.That(KillAsync(engine).Refusal().Code, Is.EqualTo(ShimErrorCode.ResourceExhausted));
    }

    [Test]
    public void Kill_ByTheCgroupThatDoesNotEmpty_IsGivenUpInTime()
    {
        EngineHarness engine = NotWatched();
        engine.Calls.Next("cgroup.killall", CallPlan.Hold);
        Task kill = KillAsync(engine);

        engine.Time.Advance(engine.Timeouts.KillRest);

        Assert.That(kill.Refusal().Code, Is.EqualTo(ShimErrorCode.DeadlineExceeded));
    }

    [Test]
    public void Kill_WithoutAProcess_FailsAsTheRuntimeDid()
    {
        EngineHarness engine = new(log: _log);
        engine.Service.CreateAsync(Requests.Create("c") with { Checkpoint = "/image" }).Now();
        engine.Calls.Next("runtime.kill", CallPlan.Fail("broken"));

        Assert.That(KillAsync(engine).Refusal().Message, Is.EqualTo("broken"));
        Assert.That(_log.Count(MessageId), Is.Zero);
    }

    [Test]
    public void Kill_OfWhatHasEndedWhileTheRuntimeFails_SaysSo()
    {
        EngineHarness engine = Running();
        engine.Kernel.Exit(1001, 7);
        engine.Calls.Next("runtime.kill", CallPlan.Fail("broken"));

        ShimException failure = KillAsync(engine).Refusal();

        Assert.That((failure.Code, failure.Message), Is.EqualTo((ShimErrorCode.NotFound, "process already finished: not found")));
    }

    private static Task KillAsync(EngineHarness engine, CancellationToken cancellationToken = default) =>
        engine.Service.KillAsync(new KillRequest { Id = "c", Signal = 9 }, cancellationToken);

    private EngineHarness NotWatched()
    {
        EngineHarness engine = new(log: _log);
        engine.Calls.Next("monitor.watch", CallPlan.Fail(ShimException.ResourceExhausted("no descriptor")));
        _ = engine.Service.CreateAsync(Requests.Create("c"));
        engine.Calls.Next("runtime.kill", CallPlan.Fail(ShimException.ResourceExhausted("no descriptor")));
        return engine;
    }

    private EngineHarness Running()
    {
        EngineHarness engine = new(log: _log);
        engine.Run("c");
        return engine;
    }

    private EngineHarness Sharing(out int exec)
    {
        EngineHarness engine = new(log: _log);
        engine.Bundles.SharePidNamespace("/bundles/c");
        engine.Kernel.SharePidNamespace("c");
        engine.Run("c");
        exec = engine.RunExec("c", "e");
        return engine;
    }
}
