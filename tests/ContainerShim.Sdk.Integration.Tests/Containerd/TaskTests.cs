using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.Integration.Tests.Containerd;

/// <summary>What <c>ctr</c> sees of a task, through a real containerd. Needs root, containerd, runc and crun.</summary>
[TestFixtureSource(typeof(ContainerdVersions), nameof(ContainerdVersions.WithEveryRuntime))]
public sealed class TaskTests(ContainerdVersion version, string runtime, string binary)
{
    private ContainerdInstance? _containerd;

    private string _id = null!;

    private ContainerdInstance Containerd => _containerd ?? throw new InvalidOperationException("containerd was not started");

    private Ctr Ctr => Containerd.Ctr;

    [SetUp]
    public async Task StartContainerd()
    {
        _id = $"c-{Guid.NewGuid():N}";
        _containerd = await ContainerdInstance.StartAsync(version);
        TestedRuntime tested = TestedRuntime.Of(binary);
        if (!tested.IsDefault)
        {
            string script = Script.Make(_containerd, "runtime", $"exec {string.Join(' ', tested.Starter.Select(word => $"'{word}'"))} {tested.Binary} \"$@\"");
            Ctr.RuntimeConfig = Path.Combine(_containerd.Directory, "runtime.toml");
            await File.WriteAllTextAsync(Ctr.RuntimeConfig, $"BinaryName = \"{script}\"\n");
        }
    }

    [TearDown]
    public async Task StopContainerd()
    {
        if (_containerd is null)
        {
            return;
        }

        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync(_containerd.LogTail());
        }

        await _containerd.DisposeAsync();
    }

    [Test]
    public async Task Run_CommandThatPrintsAndFails_ShowsBothStreamsAndTheExitCode()
    {
        CommandResult result = await Ctr.RunAsync(runtime, _id, "sh", "-c", "echo to-stdout; echo to-stderr >&2; exit 7");

        Assert.That(result.ExitCode, Is.EqualTo(7), result.ToString());
        Assert.That(result.Stdout, Is.EqualTo("to-stdout\n"));
        Assert.That(result.Stderr, Does.Contain("to-stderr"));
        await AssertNothingIsLeftAsync();
    }

    /// <summary>The client sends an option of the task along, before containerd 2.0 in a message of its own for runtimes not called io.containerd.runc.</summary>
    [Test]
    public async Task Run_WithAnOptionOfTheTask_IsUnderstood()
    {
        // ctr sends options of one kind or the other.
        Ctr.RuntimeConfig = null;

        CommandResult result = await Ctr.RunWithOptionAsync("--no-pivot", runtime, _id, "sh", "-c", "exit 7");

        Assert.That(result.ExitCode, Is.EqualTo(7), result.ToString());
        await AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Run_CommandWhoseChildIsKilled_Returns128PlusTheSignal()
    {
        CommandResult result = await Ctr.RunAsync(runtime, _id, "sh", "-c", "sh -c 'kill -SEGV $$'; exit $?");

        Assert.That(result.ExitCode, Is.EqualTo(128 + 11), result.ToString());
    }

    [Test]
    public async Task Exec_InARunningTask_ShowsItsOutputAndItsOwnExitCode()
    {
        await Ctr.RunDetachedAsync(runtime, _id, "sleep", "1000");

        CommandResult result = await Ctr.ExecAsync(_id, "exec-1", "sh", "-c", "echo inside; exit 9");

        Assert.That(result.ExitCode, Is.EqualTo(9), result.ToString());
        Assert.That(result.Stdout, Is.EqualTo("inside\n"));
        Assert.That((await Ctr.FindTaskAsync(_id))?.Status, Is.EqualTo("RUNNING"));
    }

    [Test]
    public async Task Kill_RunningTask_StopsItAndDeleteReturnsTheSignal()
    {
        await Ctr.RunDetachedAsync(runtime, _id, "sleep", "1000");

        (await Ctr.KillAsync(_id, "SIGKILL")).EnsureSuccess();

        await Eventually.BecomesAsync(() => Ctr.FindTaskAsync(_id), task => task?.Status == "STOPPED", "the task stops");
        Assert.That(await Ctr.DeleteTaskAsync(_id), Is.EqualTo(128 + 9));
        await AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Kill_UnknownTask_SaysNotFound()
    {
        CommandResult result = await Ctr.KillAsync(_id, "SIGKILL");

        Assert.That(result.ExitCode, Is.Not.Zero);
        Assert.That(result.Stderr, Does.Contain("not found"));
    }

    [Test]
    public async Task List_RunningTask_ShowsThePidOfItsInitProcess()
    {
        await Ctr.RunDetachedAsync(runtime, _id, "sleep", "1000");

        CtrTask? task = await Ctr.FindTaskAsync(_id);

        Assert.That(task?.Status, Is.EqualTo("RUNNING"));
        Assert.That(await File.ReadAllTextAsync($"/proc/{task!.Pid}/cmdline"), Is.EqualTo("sleep\01000\0"));
    }

    [Test]
    public async Task Ps_TaskWithTwoProcesses_ShowsBothAndOnlyThose()
    {
        await Ctr.RunDetachedAsync(runtime, _id, "sh", "-c", "sleep 1000 & wait");
        CtrTask? task = await Ctr.FindTaskAsync(_id);

        IReadOnlyList<int> pids = await Eventually.BecomesAsync(() => Ctr.ListProcessesAsync(_id), list => list.Count > 1, "the child appears");

        Assert.That(pids, Has.Count.EqualTo(2).And.Contain(task!.Pid));
    }

    [Test]
    public async Task RunningTask_AfterContainerdIsKilledAndRestarted_IsFoundAndStillObeys()
    {
        await Ctr.RunDetachedAsync(runtime, _id, "sleep", "1000");
        CtrTask? before = await Ctr.FindTaskAsync(_id);

        await Containerd.Kill9Async();
        await Containerd.RestartAsync();

        Assert.That(await Ctr.FindTaskAsync(_id), Is.EqualTo(before));
        CommandResult exec = await Ctr.ExecAsync(_id, "exec-1", "sh", "-c", "exit 3");
        Assert.That(exec.ExitCode, Is.EqualTo(3), exec.ToString());
    }

    [Test]
    public async Task TaskThatEndsWhileContainerdIsDown_AfterRestart_IsToldAsEnded()
    {
        await Ctr.RunDetachedAsync(runtime, _id, "sleep", "1000");
        CtrTask? task = await Ctr.FindTaskAsync(_id);

        await Containerd.Kill9Async();
        await Leftovers.KillAsync(new ProcFsProcess(task!.Pid, "sleep 1000"));
        await Eventually.ShowsAsync(() => ProcFs.IsAlive(task.Pid), alive => !alive, "the init process ends");
        await Containerd.RestartAsync();

        // Since 1.7 the daemon deletes a task without processes when it loads it, and its end is never told. Ours lists the dead one until then.
        bool isForgotten = runtime == ContainerdVersions.ReferenceRuntime && version.Version >= new Version(1, 7);
        await Eventually.BecomesAsync(() => Ctr.FindTaskAsync(_id), found => found?.Status == (isForgotten ? null : "STOPPED"), "the task has ended");
        if (!isForgotten)
        {
            Assert.That(await Ctr.DeleteTaskAsync(_id), Is.EqualTo(128 + 9));
        }

        await AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task RunningTask_WhoseShimIsKilled_IsCleanedUpWithNothingLeft()
    {
        await Ctr.RunDetachedAsync(runtime, _id, "sleep", "1000");
        ProcFsProcess? shim = ProcFs.FindShim(Containerd.Namespace, _id);
        Assert.That(shim, Is.Not.Null);

        await Leftovers.KillAsync(shim!);

        await Eventually.BecomesAsync(() => Ctr.FindTaskAsync(_id), task => task is null, "the task is forgotten");
        await AssertNothingIsLeftAsync(exceptSockets: runtime == ContainerdVersions.ReferenceRuntime);
    }

    /// <param name="exceptSockets">The reference shim's delete command leaves the sockets of a killed shim behind, in every version.</param>
    private Task AssertNothingIsLeftAsync(bool exceptSockets = false) =>
        Eventually.ShowsAsync(
            () => Census.Take(Containerd, _id) is var census && exceptSockets ? census with { Sockets = [] } : census,
            census => census.IsEmpty,
            "nothing of the container is left");
}
