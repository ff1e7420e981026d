using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Fakes;

namespace ContainerShim.Sdk.Tests.Containers;

/// <summary>A runtime call that hangs holds up what queues behind it, and nothing else.</summary>
internal sealed class HungCallTests
{
    private static readonly string[] _calls =
        ["runtime.pause", "runtime.update", "runtime.checkpoint", "runtime.exec", "runtime.kill"];

    [TestCaseSource(nameof(_calls))]
    public void Questions_ACallHangs_AreAnswered(string call)
    {
        EngineHarness engine = Hung(call);

        Assert.That(engine.State("c").Pid, Is.EqualTo(1001));
        engine.Service.PidsAsync(new PidsRequest("c")).Now();
        engine.Service.StatsAsync(new StatsRequest("c")).Now();
        Assert.That(engine.Service.ConnectAsync(new ConnectRequest("c")).Now().TaskPid, Is.EqualTo(1001));
        engine.Service.CloseIOAsync(new CloseIORequest("c")).Now();
    }

    [TestCaseSource(nameof(_calls))]
    public void Kill_ACallHangs_GoesPastIt(string call)
    {
        EngineHarness engine = Hung(call);

        engine.Service.KillAsync(new KillRequest { Id = "c", Signal = 9 }).Now();

        Assert.That(engine.Kernel[1001].IsAlive, Is.False);
    }

    [TestCaseSource(nameof(_calls))]
    public void Exit_ACallHangs_IsReportedWithinItsGrace(string call)
    {
        EngineHarness engine = Hung(call);

        engine.Kernel.Exit(1001, 7);
        engine.After(engine.Timeouts.ExecStartGrace);

        Assert.That(engine.Events[^1], Is.EqualTo("exit c 7"));
    }

    [TestCaseSource(nameof(_calls))]
    public void OtherContainer_ACallHangs_LivesItsWholeLife(string call)
    {
        EngineHarness engine = Hung(call);

        int pid = engine.Run("d");
        engine.RunExec("d", "e");
        engine.Service.KillAsync(new KillRequest { Id = "d", ExecId = "e", Signal = 9 }).Now();
        engine.Service.PauseAsync(new PauseRequest("d")).Now();
        engine.Service.ResumeAsync(new ResumeRequest("d")).Now();
        engine.Kernel.Exit(pid, 0);
        engine.Service.DeleteAsync(new DeleteRequest("d")).Now();

        Assert.That(engine.Events[^1], Is.EqualTo("delete d"));
    }

    [Test]
    public void Pause_UpdateHangs_WaitsAndCanBeCancelled()
    {
        EngineHarness engine = Hung("runtime.update");
        using CancellationTokenSource cancel = new();
        Task cancelled = engine.Service.PauseAsync(new PauseRequest("c"), cancel.Token);
        Task waiting = engine.Service.PauseAsync(new PauseRequest("c"));
        Assert.That((cancelled.IsCompleted, waiting.IsCompleted), Is.EqualTo((false, false)));

        cancel.Cancel();
        Assert.That(cancelled.IsCanceled);
        engine.Calls.HeldOf("runtime.update").Release();

        waiting.Now();
        Assert.That(engine.Status("c"), Is.EqualTo(ContainerStatus.Paused));
    }

    private static EngineHarness Hung(string call)
    {
        EngineHarness engine = new();
        engine.Run("c");
        engine.Calls.Next(call, CallPlan.Hold);
        _ = call switch
        {
            "runtime.pause" => engine.Service.PauseAsync(new PauseRequest("c")),
            "runtime.update" => engine.Service.UpdateAsync(new UpdateRequest("c", "{}"u8.ToArray())),
            "runtime.checkpoint" => engine.Service.CheckpointAsync(new CheckpointRequest("c", new() { ImagePath = "/image" })),
            "runtime.kill" => engine.Service.KillAsync(new KillRequest { Id = "c", Signal = 1 }),
            _ => ExecAsync(engine),
        };
        Assert.That(engine.Calls.Held, Has.Count.EqualTo(1));
        return engine;
    }

    private static Task ExecAsync(EngineHarness engine)
    {
        engine.Service.ExecAsync(Requests.Exec("c", "hung")).Now();
        return engine.Service.StartAsync(new StartRequest("c", "hung"));
    }
}
