using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Docker;

/// <summary>What can be done to a running container.</summary>
public sealed partial class ControlTests(DockerVersion version) : DockerFixture(version)
{
    private const long Megabyte = 1 << 20;

    private static readonly string[] Obedient = ["sh", "-c", "trap 'exit 5' TERM; trap 'echo heard' USR1; echo ready; while :; do sleep 0.05; done"];

    [Test]
    public async Task Stop_OfAContainerThatObeys_EndsWithItsOwnCode()
    {
        string id = await RunDetachedAsync(Obedient);
        await Site.LoggedAsync(id, "ready");
        long started = Stopwatch.GetTimestamp();

        (await Site.InvokeAsync("stop", "--time", "25", id)).EnsureSuccess();

        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(15)));
        Assert.That(await Site.InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}}"), Is.EqualTo("exited 5"));
    }

    [Test]
    public async Task Stop_OfAContainerThatIgnoresIt_KillsAfterTheGrace()
    {
        string id = await RunDetachedAsync(Sleep);

        (await Site.InvokeAsync("stop", "--time", "1", id)).EnsureSuccess();

        Assert.That(await Site.InspectAsync(id, "{{.State.Status}} {{.State.ExitCode}}"), Is.EqualTo("exited 137"));
    }

    [Test]
    public async Task Kill_WithASignalThatIsHandled_ReachesTheProcessAndEndsNothing()
    {
        string id = await RunDetachedAsync(Obedient);
        await Site.LoggedAsync(id, "ready");

        (await Site.InvokeAsync("kill", "--signal", "USR1", id)).EnsureSuccess();

        await Site.LoggedAsync(id, "heard");
        Assert.That(await Site.InspectAsync(id, "{{.State.Status}}"), Is.EqualTo("running"));
    }

    [Test]
    public async Task Kill_WithoutASignal_EndsAllWith137()
    {
        string id = await RunDetachedAsync("sh", "-c", "sleep 1001 & wait");

        (await Site.InvokeAsync("kill", id)).EnsureSuccess();

        await Site.BecomesAsync(id, "{{.State.Status}} {{.State.ExitCode}}", "exited 137");
        Assert.That(ProcFs.ProcessesInCgroup($"/{Site.Namespace}/{id}"), Is.Empty);
    }

    [Test]
    public async Task Pause_ThenUnpause_StopsTheContainerAndLetsItGoOn()
    {
        string id = await RunDetachedAsync(Obedient);

        (await Site.InvokeAsync("pause", id)).EnsureSuccess();
        Assert.That(await Site.InspectAsync(id, "{{.State.Status}}"), Is.EqualTo("paused"));
        Assert.That((await Site.InvokeAsync("exec", id, "true")).ExitCode, Is.Not.Zero);
        (await Site.InvokeAsync("unpause", id)).EnsureSuccess();

        Assert.That(await Site.InspectAsync(id, "{{.State.Status}}"), Is.EqualTo("running"));
        Assert.That((await Site.InvokeAsync("exec", id, "true")).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Remove_OfAPausedContainer_LeavesNothing()
    {
        string id = await RunDetachedAsync(Sleep);
        (await Site.InvokeAsync("pause", id)).EnsureSuccess();

        (await Site.InvokeAsync("rm", "--force", id)).EnsureSuccess();

        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Stats_OfARunningContainer_ShowItsMemoryAndItsProcesses()
    {
        string id = await Site.RunDetachedAsync(["--memory", "64m"], "sh", "-c", "sleep 1001 & wait");
        await Eventually.ShowsAsync(() => ProcFs.ProcessesInCgroup($"/{Site.Namespace}/{id}").Count, count => count == 2, "the child appears");

        CommandResult stats = (await Site.InvokeAsync("stats", "--no-stream", "--format", "{{.MemUsage}} {{.PIDs}}", id)).EnsureSuccess();

        Match figures = Figures().Match(stats.Stdout);
        Assert.That(figures.Success, stats.ToString());
        Assert.That(double.Parse(figures.Groups[1].Value, CultureInfo.InvariantCulture), Is.Positive);
    }

    [Test]
    public async Task Update_OfARunningContainer_IsSeenInItsCgroup()
    {
        string id = await RunDetachedAsync(Sleep);

        (await Site.InvokeAsync("update", "--memory", "64m", "--memory-swap", "64m", "--pids-limit", "50", id)).EnsureSuccess();

        bool unified = File.Exists($"/sys/fs/cgroup/{Site.Namespace}/cgroup.procs");
        Assert.That(Site.ReadCgroup(id, "memory", unified ? "memory.max" : "memory.limit_in_bytes"), Is.EqualTo($"{64 * Megabyte}"));
        Assert.That(Site.ReadCgroup(id, "pids", "pids.max"), Is.EqualTo("50"));
    }

    [Test]
    public async Task Container_ThatUsesTooMuchMemory_IsToldAsKilledForThat()
    {
        string id = await Site.RunDetachedAsync(["--memory", "32m", "--memory-swap", "32m"], "sh", "-c", "exec tail /dev/zero");
        (await Site.InvokeAsync("wait", id)).EnsureSuccess();

        await Site.BecomesAsync(id, "{{.State.OOMKilled}} {{.State.ExitCode}}", "true 137");
    }

    [Test]
    public async Task Container_ThatFailsWithARestartPolicy_IsStartedAgainAsOftenAsAsked()
    {
        string id = await Site.RunDetachedAsync(["--restart", "on-failure:2"], "sh", "-c", "echo run; exit 3");

        await Site.BecomesAsync(id, "{{.RestartCount}} {{.State.Status}} {{.State.ExitCode}}", "2 exited 3");

        Assert.That((await Site.InvokeAsync("logs", id)).Stdout, Is.EqualTo("run\nrun\nrun\n"));
    }

    [Test]
    public async Task Restart_OfARunningContainer_GivesItANewProcess()
    {
        string id = await RunDetachedAsync(Sleep);
        string pid = await Site.InspectAsync(id, "{{.State.Pid}}");

        (await Site.InvokeAsync("restart", "--time", "0", id)).EnsureSuccess();

        Assert.That(await Site.InspectAsync(id, "{{.State.Status}} {{.State.Pid}}"), Does.StartWith("running ").And.Not.EqualTo($"running {pid}"));
    }

    [GeneratedRegex(@"^([0-9.]+)([KM]iB|B) / 64MiB 2$")]
    private static partial Regex Figures();
}
