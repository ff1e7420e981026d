using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

internal sealed class InitExitTests
{
    private const string HasStopped = "OCI runtime start failed: cannot start a container that has stopped";

    private static readonly string[] _startedAndEnded = ["create c", "start c", "exit c 7"];
    private static readonly string[] _onlyEnded = ["create c", "exit c 7"];

    [Test]
    public void Exit_Running_IsReportedAndKept()
    {
        EngineHarness engine = new();
        int pid = engine.Run("c");

        engine.Kernel.Exit(pid, 7);

        Assert.That(engine.Events, Is.EqualTo(_startedAndEnded));
        StateResult state = engine.State("c");
        Assert.That((state.Status, state.ExitCode, state.ExitedAt), Is.EqualTo((ContainerStatus.Stopped, 7, engine.Time.GetUtcNow())));
        Assert.That(engine.Bundles.Exits["/bundles/c"].ExitCode, Is.EqualTo(7));
    }

    [Test]
    public void Exit_BeforeStart_IsReportedWithoutStart()
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("c")).Now();

        engine.Kernel.Exit(1001, 7);

        Assert.That(engine.Events, Is.EqualTo(_onlyEnded));
    }

    [Test]
    public void Exit_WhileCreateAttaches_FollowsTheCreation()
    {
        EngineHarness engine = new();
        engine.Calls.Next("stdio.attach", CallPlan.Hold);
        Task<CreateTaskResult> create = engine.Service.CreateAsync(Requests.Create("c"));
        engine.Kernel.Exit(1001, 7);

        engine.Calls.HeldOf("stdio.attach").Release();

        create.Now();
        Assert.That(engine.Events, Is.EqualTo(_onlyEnded));
    }

    [Test]
    public void Exit_StartReturnsAfterTheExit_FollowsTheStart()
    {
        EngineHarness engine = Starting(CallPlan.HoldDone, out Task<StartResult> start);
        engine.Kernel.Exit(1001, 7);
        Assert.That(engine.Events, Has.Count.EqualTo(1));

        engine.Calls.HeldOf("runtime.start").Release();

        Assert.That(start.Now().Pid, Is.EqualTo(1001));
        Assert.That(engine.Events, Is.EqualTo(_startedAndEnded));
    }

    [Test]
    public void Exit_StartFailsAfterTheExit_IsReportedWithoutStart()
    {
        EngineHarness engine = Starting(CallPlan.Hold, out Task<StartResult> start);
        engine.Kernel.Exit(1001, 7);

        engine.Calls.HeldOf("runtime.start").Release();

        Assert.That(start.Refusal().Message, Is.EqualTo(HasStopped));
        Assert.That(engine.Events, Is.EqualTo(_onlyEnded));
    }

    [Test]
    public void Exit_StartHangs_IsReportedAfterTheGraceAndTheStartFails()
    {
        EngineHarness engine = Starting(CallPlan.Hold, out Task<StartResult> start);
        engine.Kernel.Exit(1001, 7);

        engine.After(engine.Timeouts.StartReturnGrace);

        Assert.That(engine.Events, Is.EqualTo(_onlyEnded));
        ShimException refusal = start.Refusal();
        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.Unknown, HasStopped)));
    }

    [Test]
    public void Exit_StartReturnsLongAfterTheExit_IsReportedAfterTheStart()
    {
        EngineHarness engine = Starting(CallPlan.HoldDone, out Task<StartResult> start);
        engine.Kernel.Exit(1001, 7);

        engine.After(engine.Timeouts.StartReturnGrace);
        Assert.That(engine.Events, Is.EqualTo(_startedAndEnded));
        Assert.That(start.IsCompleted, Is.False, "its poststart hooks run");
        engine.After(engine.Timeouts.StartReturnLimit / 2);
        engine.Calls.HeldOf("runtime.start").Release();

        Assert.That(start.Now().Pid, Is.EqualTo(1001));
        Assert.That(engine.Events, Is.EqualTo(_startedAndEnded));
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();
        Assert.That(engine.Leftovers(), Is.Empty);
    }

    [Test]
    public void Exit_StartFailsAfterItWasToldAsStarted_AnswersThePid()
    {
        EngineHarness engine = Starting(CallPlan.HoldDone, out Task<StartResult> start);
        engine.Kernel.Exit(1001, 7);
        engine.After(engine.Timeouts.StartReturnGrace);

        engine.Calls.HeldOf("runtime.start").Fail(ShimException.Unknown("a hook failed"));

        Assert.That(start.Now().Pid, Is.EqualTo(1001));
        Assert.That(engine.Events, Is.EqualTo(_startedAndEnded));
    }

    [Test]
    public void Exit_StartNeverReturnsThoughItRan_AnswersThePidAfterTheLimit()
    {
        EngineHarness engine = Starting(CallPlan.HoldDone, out Task<StartResult> start);
        engine.Kernel.Exit(1001, 7);

        engine.After(engine.Timeouts.StartReturnGrace + engine.Timeouts.StartReturnLimit);

        Assert.That(start.Now().Pid, Is.EqualTo(1001));
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();
    }

    [Test]
    public void Exit_StartHangsAndTheRuntimeIsNoWitness_IsReportedWithoutStart()
    {
        EngineHarness engine = new();
        engine.Runtime.IsWitness = false;
        engine.Service.CreateAsync(Requests.Create("c")).Now();
        engine.Calls.Next("runtime.start", CallPlan.HoldDone);
        Task<StartResult> start = engine.Service.StartAsync(new StartRequest("c"));
        engine.Kernel.Exit(1001, 7);

        engine.After(engine.Timeouts.StartReturnGrace);

        Assert.That(start.Refusal().Message, Is.EqualTo(HasStopped));
        Assert.That(engine.Events, Is.EqualTo(_onlyEnded));
    }

    [Test]
    public void Exit_StartHangsAndAskingTheRuntimeToo_IsReportedAfterTheGrace()
    {
        EngineHarness engine = Starting(CallPlan.Hold, out _);
        engine.Calls.Next("runtime.state", CallPlan.Hold);
        engine.Kernel.Exit(1001, 7);

        engine.After(engine.Timeouts.StartReturnGrace);

        Assert.That(engine.Events, Is.EqualTo(_onlyEnded));
    }

    [Test]
    public void Exit_StartDoesNotHeedItsToken_IsReportedAndTheStartComesTooLate()
    {
        EngineHarness engine = Starting(CallPlan.HoldDeaf, out Task<StartResult> start);
        engine.Kernel.Exit(1001, 7);

        engine.After(engine.Timeouts.StartReturnGrace);
        engine.After(engine.Timeouts.StartReturnGrace);
        Assert.That(engine.Events, Is.EqualTo(_onlyEnded));
        engine.Calls.HeldOf("runtime.start").ReturnUndone();

        Assert.That(start.Refusal().Message, Is.EqualTo(HasStopped));
        Assert.That(engine.Events, Is.EqualTo(_onlyEnded));
    }

    [Test]
    public void Start_CancelledButDone_SucceedsAsTheRuntimeSaysSo()
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("c")).Now();
        engine.Calls.Next("runtime.start", CallPlan.HoldTooLate);
        using CancellationTokenSource cancel = new();
        Task<StartResult> start = engine.Service.StartAsync(new StartRequest("c"), cancel.Token);

        cancel.Cancel();

        Assert.That(start.Now().Pid, Is.EqualTo(1001));
        Assert.That(engine.Status("c"), Is.EqualTo(ContainerStatus.Running));
    }

    [Test]
    public void Start_CancelledAndNotDone_CanBeTriedAgain()
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("c")).Now();
        engine.Calls.Next("runtime.start", CallPlan.Hold);
        using CancellationTokenSource cancel = new();
        Task<StartResult> start = engine.Service.StartAsync(new StartRequest("c"), cancel.Token);

        cancel.Cancel();

        Assert.That(start.IsCanceled);
        engine.Service.StartAsync(new StartRequest("c")).Now();
    }

    [Test]
    public void Exit_WatchCannotBeHadYet_IsReportedOnceItCan()
    {
        EngineHarness engine = new();
        engine.Calls.Next("monitor.watch", CallPlan.Fail(ShimException.ResourceExhausted("no descriptor")));
        engine.Calls.Next("monitor.watch", CallPlan.Fail(ShimException.ResourceExhausted("no descriptor")));
        Task<CreateTaskResult> create = engine.Service.CreateAsync(Requests.Create("c"));
        engine.Kernel.Exit(1001, 7);
        Assert.That(engine.Orphans.Holds, Is.EqualTo(1), "the orphan reaper must not take it");

        engine.After(TimeSpan.FromSeconds(1));

        create.Now();
        Assert.That(engine.Events, Is.EqualTo(_onlyEnded));
    }

    [Test]
    public void Exit_GoneBeforeItCouldBeWatched_IsReportedAs255()
    {
        EngineHarness engine = new();
        engine.Calls.Next("monitor.watch", CallPlan.Fail(ShimException.NotFound("no such process")));

        engine.Service.CreateAsync(Requests.Create("c")).Now();

        Assert.That(engine.Events, Is.EqualTo(new[] { "create c", "exit c 255" }));
    }

    [Test]
    public void Exit_StdioFails_IsReported()
    {
        EngineHarness engine = new();
        int pid = engine.Run("c");
        engine.Calls.Next("stdio.noteexit", CallPlan.Fail(new IOException("bad descriptor")));

        engine.Kernel.Exit(pid, 7);

        Assert.That(engine.Events, Is.EqualTo(_startedAndEnded));
    }

    [Test]
    public void Exit_SharedPidNamespace_KillsTheRestThroughTheCgroup()
    {
        EngineHarness engine = Sharing();
        FakeProcess left = engine.Kernel.Spawn("c", "daemon");

        engine.Kernel.Exit(1001, 7);

        Assert.That(left.Exit?.ExitCode, Is.EqualTo(137));
        Assert.That(engine.Events, Is.EqualTo(_startedAndEnded));
        Assert.That(engine.Calls.Made, Has.None.StartsWith("runtime.kill"));
    }

    [Test]
    public void Exit_SharedPidNamespaceWithoutCgroup_KillsTheRestThroughTheRuntime()
    {
        EngineHarness engine = new();
        engine.Calls.Next("cgroup.load", CallPlan.Fail("no cgroup"));
        engine.Bundles.SharePidNamespace("/bundles/c");
        engine.Run("c");
        FakeProcess left = engine.Kernel.Spawn("c", "daemon");

        engine.Kernel.Exit(1001, 7);

        Assert.That(left.Exit?.ExitCode, Is.EqualTo(137));
        Assert.That(engine.Calls.WasMade("runtime.kill c 9 all"));
    }

    [Test]
    public void Exit_KillingTheRestHangs_IsReportedAfterItsTime()
    {
        EngineHarness engine = Sharing();
        engine.Calls.Next("cgroup.killall", CallPlan.Hold);
        engine.Kernel.Exit(1001, 7);

        engine.After(engine.Timeouts.KillRest);

        Assert.That(engine.Events, Is.EqualTo(_startedAndEnded));
    }

    [Test]
    public void Exit_KillingTheRestFails_IsReported()
    {
        EngineHarness engine = Sharing();
        engine.Calls.Next("cgroup.killall", CallPlan.Fail(new IOException("EIO")));

        engine.Kernel.Exit(1001, 7);

        Assert.That(engine.Events, Is.EqualTo(_startedAndEnded));
    }

    [Test]
    public void Exit_PidNamespaceOfItsOwn_KillsNothing()
    {
        EngineHarness engine = new();
        engine.Run("c");

        engine.Kernel.Exit(1001, 7);

        Assert.That(engine.Calls.Made, Has.None.Contains("kill"));
    }

    [Test]
    public void Kill_RuntimeHasNoDescriptors_IsDoneByTheOneThatIsOpen()
    {
        EngineHarness engine = new();
        engine.Run("c");
        engine.Calls.Next("runtime.kill", CallPlan.Fail(ShimException.ResourceExhausted("too many open files")));
        Assert.That(engine.Service.KillAsync(new KillRequest { Id = "c", Signal = 15 }).Refusal().Code, Is.EqualTo(ShimErrorCode.ResourceExhausted));
        engine.Calls.Next("runtime.kill", CallPlan.Fail(ShimException.ResourceExhausted("too many open files")));
        engine.Calls.Next("runtime.delete", CallPlan.Fail(ShimException.ResourceExhausted("too many open files")));

        engine.Service.KillAsync(new KillRequest { Id = "c", Signal = 9 }).Now();
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        Assert.That(engine.Events, Is.EqualTo(new[] { "create c", "start c", "exit c 137", "delete c" }));
        Assert.That(engine.Runtime.Containers, Is.Empty);
    }

    private static EngineHarness Sharing()
    {
        EngineHarness engine = new();
        engine.Bundles.SharePidNamespace("/bundles/c");
        engine.Run("c");
        return engine;
    }

    private static EngineHarness Starting(CallPlan plan, out Task<StartResult> start)
    {
        EngineHarness engine = new();
        engine.Service.CreateAsync(Requests.Create("c")).Now();
        engine.Calls.Next("runtime.start", plan);
        start = engine.Service.StartAsync(new StartRequest("c"));
        return engine;
    }
}
