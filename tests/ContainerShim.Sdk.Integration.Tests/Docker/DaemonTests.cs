using System.Globalization;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Docker;

/// <summary>Containers outlive their daemon, their shim's death is noticed, and a checkpoint outlives them.</summary>
public sealed class DaemonTests(DockerVersion version) : DockerFixture(version)
{
    [Test]
    public async Task Container_WhenDockerdIsKilledAndRestarted_RunsOnAndTellsItsEnd()
    {
        string id = await RunDetachedAsync("sh", "-c", "echo before; until [ -e /go ]; do sleep 0.05; done; echo after; exit 5");
        await Site.LoggedAsync(id, "before");
        string pid = await Site.InspectAsync(id, "{{.State.Pid}}");

        await Site.Kill9Async();
        await Site.RestartAsync();

        Assert.That(await Site.InspectAsync(id, "{{.State.Status}} {{.State.Pid}}"), Is.EqualTo($"running {pid}"));
        (await Site.InvokeAsync("exec", id, "touch", "/go")).EnsureSuccess();
        await Site.BecomesAsync(id, "{{.State.Status}} {{.State.ExitCode}}", "exited 5");
        await Site.LoggedAsync(id, "after");
    }

    [Test]
    public async Task Container_ThatEndsWhileDockerdIsDown_IsToldWithItsCode()
    {
        string id = await RunDetachedAsync("sh", "-c", "until [ -e /go ]; do sleep 0.05; done; exit 6");
        (await Site.InvokeAsync("exec", "--detach", id, "sh", "-c", "sleep 1; touch /go")).EnsureSuccess();

        await Site.Kill9Async();
        await Eventually.ShowsAsync(() => ProcFs.ProcessesInCgroup($"/{Site.Namespace}/{id}").Count, count => count == 0, "the container ends");
        await Site.RestartAsync();

        await Site.BecomesAsync(id, "{{.State.Status}} {{.State.ExitCode}}", "exited 6");
    }

    [Test]
    public async Task Container_WhoseShimIsKilled_IsToldAsKilled()
    {
        string id = await RunDetachedAsync(Sleep);
        ProcFsProcess? shim = Site.FindShim(id);
        Assert.That(shim, Is.Not.Null);

        await Leftovers.KillAsync(shim!);

        await Site.BecomesAsync(id, "{{.State.Status}} {{.State.ExitCode}}", "exited 137");
    }

    [Test]
    public async Task Container_RestoredFromACheckpoint_GoesOnWhereItWas()
    {
        string id = await Site.RunDetachedAsync(
            ["--security-opt", "seccomp=unconfined"], "sh", "-c", "i=0; while :; do i=$((i + 1)); echo $i > /count; echo $i; sleep 0.05; done");
        await Site.LoggedAsync(id, "10\n");

        (await Site.InvokeAsync("checkpoint", "create", id, "first")).EnsureSuccess();
        if (!Site.EndsAtCheckpoints)
        {
            (await Site.InvokeAsync("kill", id)).EnsureSuccess();
        }

        await Site.BecomesAsync(id, "{{.State.Status}}", "exited");
        int before = (await LinesAsync(id)).Length;

        // dockerd uploads the image anew, which containerd refuses until it has collected that of the checkpoint (both without a shim).
        CommandResult start = await Eventually.BecomesAsync(
            () => Site.InvokeAsync("start", "--checkpoint", "first", id),
            static result => !result.Stderr.Contains(": already exists", StringComparison.Ordinal),
            "the checkpoint can be uploaded");
        start.EnsureSuccess();

        string[] lines = await Eventually.BecomesAsync(() => LinesAsync(id), lines => lines.Length > before, "it prints again");
        Assert.That(int.Parse(lines[before], CultureInfo.InvariantCulture), Is.GreaterThan(10));
    }

    [Test]
    public async Task Remove_OfRunningContainers_LeavesNothingOfThem()
    {
        string[] ids = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => RunDetachedAsync("sh", "-c", "sleep 1001 & wait")));
        Assert.That(Site.Left().Sockets, Has.Count.EqualTo(4));

        (await Site.InvokeAsync(["rm", "--force", .. ids])).EnsureSuccess();

        await Site.AssertNothingIsLeftAsync();
    }

    private async Task<string[]> LinesAsync(string id) =>
        (await Site.InvokeAsync("logs", id)).EnsureSuccess().Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
