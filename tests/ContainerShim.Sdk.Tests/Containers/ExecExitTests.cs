using System.Text;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

/// <summary>Execs and the end of their container.</summary>
internal sealed class ExecExitTests
{
    private const string InitIsGone = "container c init process is not running: failed precondition";

    [Test]
    public void Exit_Running_IsReportedAndKept()
    {
        EngineHarness engine = Running();
        int pid = engine.RunExec("c", "e");

        engine.Kernel.Exit(pid, 3);

        Assert.That(engine.Events.Skip(2), Is.EqualTo(new[] { "exec-added c/e", "exec-started c/e", "exit c/e 3" }));
        StateResult state = engine.State("c", "e");
        Assert.That((state.Status, state.ExitCode, state.ExitedAt), Is.EqualTo((ContainerStatus.Stopped, 3, engine.Time.GetUtcNow())));
    }

    [TestCase(true, "{\"cwd\":\"/\",\"terminal\":true}")]
    [TestCase(false, "{\"cwd\":\"/\",\"terminal\":false}")]
    public void Start_TerminalOfTheRequest_OverridesThatOfTheSpecification(bool terminal, string expected)
    {
        EngineHarness engine = Running();
        byte[] spec = Encoding.UTF8.GetBytes($"{{\"cwd\":\"/\",\"terminal\":{(terminal ? "false" : "true")}}}");
        engine.Service.ExecAsync(Requests.Exec("c", "e") with { ProcessSpec = spec, Stdio = new StdioPaths { Terminal = terminal } }).Now();

        engine.Service.StartAsync(new StartRequest("c", "e")).Now();

        Assert.That(Encoding.UTF8.GetString(engine.Runtime.LastExec!.ProcessSpec.Span), Is.EqualTo(expected));
    }

    [TestCase(1002, TestName = "Start_CancelledWhenTheRuntimeHadDoneIt_EndsTheProcess")]
    [TestCase(1001, TestName = "Start_CancelledAndThePidIsThatOfInit_EndsNothingElse")]
    public void Start_CancelledWhenTheRuntimeHadDoneIt_EndsWhatThePidFileNames(int written)
    {
        EngineHarness engine = Running();
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        engine.Calls.Next("runtime.exec", CallPlan.HoldTooLate);
        engine.Bundles.ExecPids["e"] = written;
        using CancellationTokenSource cancel = new();
        Task<StartResult> start = engine.Service.StartAsync(new StartRequest("c", "e"), cancel.Token);

        cancel.Cancel();

        Assert.That(start.IsCanceled);
        Assert.That(engine.Kernel[1002].IsAlive, Is.EqualTo(written != 1002));
        Assert.That(engine.Kernel[1001].IsAlive);
        Assert.That(engine.Monitor.Open, Is.EqualTo(1), "the watch of init");
    }

    [Test]
    public void Start_FailsAndThePidIsAnothersByNow_EndsNothing()
    {
        EngineHarness engine = Running();
        int other = engine.Run("d");
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        engine.Calls.Next("runtime.exec", CallPlan.Fail(ShimException.DeadlineExceeded("runc exec did not end")));
        engine.Bundles.ExecPids["e"] = other;

        engine.Service.StartAsync(new StartRequest("c", "e")).Refusal();

        Assert.That(engine.Kernel[other].IsAlive);
        Assert.That(engine.Monitor.Open, Is.EqualTo(2), "the watches of two inits");
    }

    [Test]
    public void Exit_BeforeStartReturns_FollowsTheStart()
    {
        EngineHarness engine = Running();
        Task<StartResult> start = Starting(engine, CallPlan.HoldDone);
        engine.Kernel.Exit(1002, 3);

        engine.Calls.HeldOf("runtime.exec").Release();

        Assert.That(start.Now().Pid, Is.EqualTo(1002));
        Assert.That(engine.Events.Skip(3), Is.EqualTo(new[] { "exec-started c/e", "exit c/e 3" }));
    }

    [Test]
    public void Exit_InitFirst_InitIsReportedLast()
    {
        EngineHarness engine = Running();
        int pid = engine.RunExec("c", "e");

        engine.Kernel.Exit(1001, 0);
        Assert.That(engine.Events, Has.None.EqualTo("exit c 0"));
        engine.Kernel.Exit(pid, 137);

        Assert.That(engine.Events.Skip(4), Is.EqualTo(new[] { "exit c/e 137", "exit c 0" }));
    }

    [Test]
    public void Exit_ExecEndsAfterTheStartGrace_InitIsReportedLast()
    {
        EngineHarness engine = Running();
        int pid = engine.RunExec("c", "e");
        engine.Kernel.Exit(1001, 0);

        engine.After(TimeSpan.FromSeconds(5));
        engine.Kernel.Exit(pid, 137);

        Assert.That(engine.Events.Skip(4), Is.EqualTo(new[] { "exit c/e 137", "exit c 0" }));
    }

    [Test]
    public void Exit_ExecCannotBeKilled_InitIsReportedAfterTheGrace()
    {
        EngineHarness engine = Running();
        engine.Rules.ExecsMayOutlastInit = true;
        int pid = engine.RunExec("c", "e");
        engine.Kernel.Exit(1001, 0);

        engine.After(engine.Timeouts.ExecStartGrace);
        engine.After(engine.Timeouts.ExecEndGrace);
        Assert.That(engine.Events[^1], Is.EqualTo("exit c 0"));
        engine.Kernel.Exit(pid, 137);

        Assert.That(engine.Events[^1], Is.EqualTo("exit c/e 137"), "every start has its exit");
    }

    [Test]
    public void Exit_ExecStartsInASharedPidNamespaceOnceTheRestIsKilled_IsKilledAsWell()
    {
        EngineHarness engine = new();
        engine.Bundles.SharePidNamespace("/bundles/c");
        engine.Kernel.SharePidNamespace("c");
        engine.Run("c");
        Task<StartResult> start = Starting(engine, CallPlan.HoldDone);
        // It misses the exec, as one does that is in the cgroup only a moment later.
        engine.Calls.Next("cgroup.killall", CallPlan.Fail("too early"));
        engine.Kernel.Exit(1001, 0);
        engine.Calls.HeldOf("runtime.exec").Release();
        start.Now();

        engine.After(engine.Timeouts.ExecStartGrace);

        Assert.That(engine.Events.Skip(3), Is.EqualTo(new[] { "exec-started c/e", "exit c/e 137", "exit c 0" }));
    }

    [Test]
    public void Start_InitHasEndedAndIsNotReportedYet_IsRefused()
    {
        EngineHarness engine = Running();
        engine.RunExec("c", "e");
        engine.Kernel.Exit(1001, 0);
        engine.Service.ExecAsync(Requests.Exec("c", "late")).Now();

        ShimException refusal = engine.Service.StartAsync(new StartRequest("c", "late")).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.FailedPrecondition, InitIsGone)));
        Assert.That(engine.Calls.WasMade("runtime.exec c late"), Is.False);
    }

    [Test]
    public void Start_AddedBeforeInitEnded_IsRefused()
    {
        EngineHarness engine = Running();
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        engine.Kernel.Exit(1001, 0);

        ShimException refusal = engine.Service.StartAsync(new StartRequest("c", "e")).Refusal();

        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.FailedPrecondition, InitIsGone)));
    }

    [Test]
    public void Start_InFlightWhenInitEndsAndBackWithinTheGrace_IsReportedBefore()
    {
        EngineHarness engine = Running();
        Task<StartResult> start = Starting(engine, CallPlan.HoldDone);
        engine.Kernel.Exit(1001, 0);
        engine.Kernel.Exit(1002, 137);

        engine.After(engine.Timeouts.ExecStartGrace / 2);
        engine.Calls.HeldOf("runtime.exec").Release();

        start.Now();
        Assert.That(engine.Events.Skip(3), Is.EqualTo(new[] { "exec-started c/e", "exit c/e 137", "exit c 0" }));
    }

    [Test]
    public void Start_InFlightWhenInitEndsAndBackLate_IsNeverReported()
    {
        EngineHarness engine = Running();
        Task<StartResult> start = Starting(engine, CallPlan.HoldDone);
        engine.Kernel.Exit(1001, 0);

        engine.After(engine.Timeouts.ExecStartGrace);
        Assert.That(engine.Events[^1], Is.EqualTo("exit c 0"));
        engine.Calls.HeldOf("runtime.exec").Release();

        ShimException refusal = start.Refusal();
        Assert.That((refusal.Code, refusal.Message), Is.EqualTo((ShimErrorCode.FailedPrecondition, InitIsGone)));
        Assert.That((engine.Kernel[1002].Exit?.ExitCode, engine.Kernel[1002].IsReaped), Is.EqualTo(((int?)137, true)));
        Assert.That(engine.Events[^1], Is.EqualTo("exit c 0"));
    }

    [Test]
    public void Start_HungWhenInitEndsAndThenFails_LeavesNothing()
    {
        EngineHarness engine = Running();
        Task<StartResult> start = Starting(engine, CallPlan.Hold);
        engine.Kernel.Exit(1001, 0);
        engine.After(engine.Timeouts.ExecStartGrace);
        engine.Service.DeleteAsync(new DeleteRequest("c")).Now();

        engine.Calls.HeldOf("runtime.exec").Fail(ShimException.Unknown("OCI runtime exec failed: gone"));

        Assert.That(start.Refusal().Message, Is.EqualTo("OCI runtime exec failed: gone"));
        Assert.That(engine.Leftovers(), Is.Empty);
        Assert.That(engine.Rules.Violations, Is.Empty);
    }

    [TestCase("stdio.open")]
    [TestCase("runtime.exec")]
    [TestCase("stdio.attach")]
    public void Start_FailsAtAStep_LeavesNothingAndReleasesWaiters(string step)
    {
        EngineHarness engine = Running();
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        Task<WaitResult> wait = engine.Service.WaitAsync(new WaitRequest("c", "e"));
        engine.Calls.Next(step, CallPlan.Fail("no such file or directory"));

        ShimException refusal = engine.Service.StartAsync(new StartRequest("c", "e")).Refusal();

        Assert.That(refusal.Message, Is.EqualTo("no such file or directory"));
        Assert.That(wait.Now(), Is.EqualTo(new WaitResult(255, null)));
        Assert.That(engine.Events[^1], Is.EqualTo("exec-added c/e"));
        Assert.That(engine.Status("c", "e"), Is.EqualTo(ContainerStatus.Created));
        Assert.That(engine.Kernel.Alive("c"), Has.Count.EqualTo(1), "no process is left");
        Assert.That((engine.Stdio.Open, engine.Monitor.Open, engine.Orphans.Holds), Is.EqualTo((1, 1, 0)));
    }

    [Test]
    public void Start_FailsAndItsProcessIsFrozen_IsAnsweredAndReapedLater()
    {
        EngineHarness engine = Running();
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        engine.Calls.Next("stdio.attach", CallPlan.Hold);
        Task<StartResult> start = engine.Service.StartAsync(new StartRequest("c", "e"));
        engine.Service.PauseAsync(new PauseRequest("c")).Now();
        engine.Calls.HeldOf("stdio.attach").Fail(ShimException.Unknown("it broke"));

        engine.After(engine.Timeouts.KillUnreported);

        Assert.That(start.Refusal().Message, Is.EqualTo("it broke"));
        engine.Service.ResumeAsync(new ResumeRequest("c")).Now();
        Assert.That((engine.Kernel[1002].IsReaped, engine.Monitor.Open), Is.EqualTo((true, 1)));
    }

    [Test]
    public void Start_AfterAFailure_IsWaitedForAnew()
    {
        EngineHarness engine = Running();
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        engine.Calls.Next("runtime.exec", CallPlan.Fail("not now"));
        engine.Service.StartAsync(new StartRequest("c", "e")).Refusal();

        int pid = engine.Service.StartAsync(new StartRequest("c", "e")).Now().Pid;
        Task<WaitResult> wait = engine.Service.WaitAsync(new WaitRequest("c", "e"));
        Assert.That(wait.IsCompleted, Is.False);
        engine.Kernel.Exit(pid, 3);

        Assert.That(wait.Now().ExitCode, Is.EqualTo(3));
    }

    [Test]
    public void Start_Failed_DoesNotHoldBackInit()
    {
        EngineHarness engine = Running();
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        engine.Calls.Next("runtime.exec", CallPlan.Fail("no"));
        engine.Service.StartAsync(new StartRequest("c", "e")).Refusal();

        engine.Kernel.Exit(1001, 0);

        Assert.That(engine.Events[^1], Is.EqualTo("exit c 0"));
    }

    [Test]
    public void Start_WatchCannotBeHadYet_EndsOnceItCan()
    {
        EngineHarness engine = Running();
        engine.Calls.Next("monitor.watch", CallPlan.Fail(ShimException.ResourceExhausted("no descriptor")));
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        Task<StartResult> start = engine.Service.StartAsync(new StartRequest("c", "e"));
        engine.Kernel.Exit(1002, 3);

        engine.After(TimeSpan.FromSeconds(1));

        start.Now();
        Assert.That(engine.Events[^1], Is.EqualTo("exit c/e 3"));
    }

    [Test]
    public void Delete_Stopped_DrainsAndRemovesItsFiles()
    {
        EngineHarness engine = Running();
        engine.Kernel.Exit(engine.RunExec("c", "e"), 3);

        DeleteResult result = engine.Service.DeleteAsync(new DeleteRequest("c", "e")).Now();

        Assert.That(result, Is.EqualTo(new DeleteResult(1002, 3, engine.Time.GetUtcNow())));
        Assert.That(engine.Calls.Made.TakeLast(2), Is.EqualTo(new[] { "stdio.drain e", "bundle.removeexec /bundles/c e" }));
        Assert.That(engine.Stdio.Open, Is.EqualTo(1));
    }

    [Test]
    public void Delete_DrainHangs_EndsAfterTheDrainTime()
    {
        EngineHarness engine = Running();
        engine.Kernel.Exit(engine.RunExec("c", "e"), 3);
        engine.Calls.Next("stdio.drain", CallPlan.Hold);
        Task<DeleteResult> delete = engine.Service.DeleteAsync(new DeleteRequest("c", "e"));

        engine.After(engine.Timeouts.Drain);

        Assert.That(delete.Now().ExitCode, Is.EqualTo(3));
        Assert.That(engine.Stdio.Open, Is.EqualTo(1));
    }

    [Test]
    public void Delete_NeverStarted_ReleasesWaitersAndItsId()
    {
        EngineHarness engine = Running();
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        Task<WaitResult> wait = engine.Service.WaitAsync(new WaitRequest("c", "e"));

        DeleteResult result = engine.Service.DeleteAsync(new DeleteRequest("c", "e")).Now();

        Assert.That((result, wait.Now()), Is.EqualTo((new DeleteResult(0, 0, null), new WaitResult(255, null))));
        engine.RunExec("c", "e");
        Assert.That(engine.Rules.Violations, Is.Empty);
    }

    [Test]
    public void Pids_ExecsRun_AreNamed()
    {
        EngineHarness engine = Running();
        int pid = engine.RunExec("c", "e");

        PidsResult pids = engine.Service.PidsAsync(new PidsRequest("c")).Now();

        Assert.That(pids.Processes, Is.EqualTo(new[] { new ContainerProcess(1001), new ContainerProcess(pid, "e") }));
        Assert.That(engine.Calls.Made, Has.None.StartsWith("runtime.pids"));
    }

    [Test]
    public void Pids_CgroupNotFound_AreTheRuntimes()
    {
        EngineHarness engine = new();
        engine.Calls.Next("cgroup.load", CallPlan.Fail("no cgroup"));
        engine.Run("c");
        int pid = engine.RunExec("c", "e");

        PidsResult pids = engine.Service.PidsAsync(new PidsRequest("c")).Now();

        Assert.That(pids.Processes, Is.EqualTo(new[] { new ContainerProcess(1001), new ContainerProcess(pid, "e") }));
    }

    [Test]
    public void Pids_Stopped_AreNone()
    {
        EngineHarness engine = Running();
        engine.Kernel.Exit(1001, 7);

        Assert.That(engine.Service.PidsAsync(new PidsRequest("c")).Now().Processes, Is.Empty);
        Assert.That(engine.Calls.Made, Has.None.StartsWith("runtime.pids"));
    }

    private static Task<StartResult> Starting(EngineHarness engine, CallPlan plan)
    {
        engine.Calls.Next("runtime.exec", plan);
        engine.Service.ExecAsync(Requests.Exec("c", "e")).Now();
        return engine.Service.StartAsync(new StartRequest("c", "e"));
    }

    private static EngineHarness Running()
    {
        EngineHarness engine = new();
        engine.Run("c");
        return engine;
    }
}
