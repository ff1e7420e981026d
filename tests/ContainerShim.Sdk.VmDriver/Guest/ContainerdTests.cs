using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>The shim under containerd, through <c>ctr</c>.</summary>
public sealed class ContainerdTests
{
    private ContainerdInstance _containerd = null!;

    private Ctr Ctr => _containerd.Ctr;

    [OneTimeSetUp]
    public async Task StartContainerd() => _containerd = await ContainerdInstance.StartAsync(ContainerdVersions.All[0]);

    [OneTimeTearDown]
    public async Task StopContainerd() => await _containerd.DisposeAsync();

    [Test]
    public async Task Run_CommandThatPrintsAndFails_ShowsBothStreamsAndTheExitCode()
    {
        CommandResult result = await Ctr.RunAsync(ContainerdVersions.DotnetRuntime, "run", "sh", "-c", "echo to-stdout; echo to-stderr >&2; exit 7");

        Assert.That(result.ExitCode, Is.EqualTo(7), $"{result}\n{_containerd.LogTail()}");
        Assert.That(result.Stdout, Is.EqualTo("to-stdout\n"));
        Assert.That(result.Stderr, Does.Contain("to-stderr"));
    }

    [Test]
    public async Task Metrics_OfARunningTask_AreShownByCtr()
    {
        await Ctr.RunDetachedAsync(ContainerdVersions.DotnetRuntime, "metrics", "sleep", "1000");

        CommandResult metrics = (await Ctr.InvokeAsync("task", "metrics", "metrics")).EnsureSuccess();

        Assert.That(metrics.Stdout, Does.Contain("memory.usage_in_bytes").Or.Contain("memory.usage"), metrics.ToString());
        Assert.That(metrics.Stdout, Does.Match(@"pids\.current\s+1\s"));
        (await Ctr.KillAsync("metrics", "SIGKILL")).EnsureSuccess();
        await Eventually.BecomesAsync(() => Ctr.FindTaskAsync("metrics"), task => task?.Status == "STOPPED", "the task stops");
        Assert.That(await Ctr.DeleteTaskAsync("metrics"), Is.EqualTo(137));
    }
}
