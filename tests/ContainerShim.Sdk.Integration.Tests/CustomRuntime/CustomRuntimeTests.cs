using ContainerShim.Sdk.Integration.Tests.Harness;
using NUnit.Framework.Interfaces;

namespace ContainerShim.Sdk.Integration.Tests.CustomRuntime;

/// <summary>The sample shim whose runtime is not runc, through a real containerd. Needs root, containerd and util-linux.</summary>
[TestFixtureSource(nameof(Versions))]
internal sealed class CustomRuntimeTests(ContainerdVersion version)
{
    private const string Runtime = "io.containerd.unshare.v1";

    private ContainerdInstance? _containerd;

    private string _id = null!;

    /// <summary>The oldest and the newest.</summary>
    private static IEnumerable<ContainerdVersion> Versions =>
        new[] { ContainerdVersions.All.MinBy(static containerd => containerd.Version)!, ContainerdVersions.All.MaxBy(static containerd => containerd.Version)! }.Distinct();

    private ContainerdInstance Containerd => _containerd ?? throw new InvalidOperationException("containerd was not started");

    private Ctr Ctr => Containerd.Ctr;

    [OneTimeSetUp]
    public async Task StartContainerd() => _containerd = await ContainerdInstance.StartAsync(version);

    [OneTimeTearDown]
    public async Task StopContainerd()
    {
        if (_containerd is not null)
        {
            await _containerd.DisposeAsync();
        }
    }

    [SetUp]
    public void ChooseId() => _id = $"c-{Guid.NewGuid():N}";

    [TearDown]
    public async Task ShowLog()
    {
        if (TestContext.CurrentContext.Result.Outcome.Status == TestStatus.Failed)
        {
            await TestContext.Out.WriteLineAsync(Containerd.LogTail());
        }
    }

    [Test]
    public async Task Run_CommandThatPrintsAndFails_ShowsBothStreamsAndTheExitCode()
    {
        CommandResult result = await Ctr.RunAsync(Runtime, _id, "sh", "-c", "echo to-stdout; echo to-stderr >&2; exit 7");

        Assert.That(result.ExitCode, Is.EqualTo(7), result.ToString());
        Assert.That(result.Stdout, Is.EqualTo("to-stdout\n"));
        Assert.That(result.Stderr, Does.Contain("to-stderr"));
        await AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Run_InTheContainer_SeesItsOwnRootAndProcesses()
    {
        CommandResult result = await Ctr.RunAsync(Runtime, _id, "sh", "-c", "echo $$; test ! -e /work && test -c /dev/null && test -d /proc/1 && ls /");

        Assert.That(result.ExitCode, Is.Zero, result.ToString());
        Assert.That(result.Stdout, Does.StartWith("1\n").And.Contain("bin\n"));
    }

    [Test]
    public async Task Exec_InARunningTask_ShowsItsOutputAndItsOwnExitCode()
    {
        await Ctr.RunDetachedAsync(Runtime, _id, "sleep", "1000");

        CommandResult result = await Ctr.ExecAsync(_id, "exec-1", "sh", "-c", "test ! -e /work && echo inside $(cat /proc/1/comm); exit 9");

        Assert.That(result.ExitCode, Is.EqualTo(9), result.ToString());
        Assert.That(result.Stdout, Is.EqualTo("inside sleep\n"));
        Assert.That((await Ctr.FindTaskAsync(_id))?.Status, Is.EqualTo("RUNNING"));
        await KillAndDeleteAsync();
    }

    [Test]
    public async Task Kill_RunningTask_StopsItAndDeleteReturnsTheSignal()
    {
        await Ctr.RunDetachedAsync(Runtime, _id, "sleep", "1000");

        Assert.That(await KillAndDeleteAsync(), Is.EqualTo(128 + 9));

        (await Ctr.DeleteContainerAsync(_id)).EnsureSuccess();
        await AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Shim_KilledWithItsContainerRunning_IsCleanedUpAfter()
    {
        await Ctr.RunDetachedAsync(Runtime, _id, "sleep", "1000");

        await Leftovers.KillAsync(ProcFs.FindShim(Containerd.Namespace, _id)!);

        await Eventually.BecomesAsync(() => Ctr.FindTaskAsync(_id), static task => task is null or { Status: not "RUNNING" }, "the task is told as ended");
        await Ctr.InvokeAsync("task", "delete", _id);
        await AssertNothingIsLeftAsync();
    }

    private async Task<int> KillAndDeleteAsync()
    {
        (await Ctr.KillAsync(_id, "SIGKILL")).EnsureSuccess();
        await Eventually.BecomesAsync(() => Ctr.FindTaskAsync(_id), static task => task?.Status == "STOPPED", "the task stops");
        return await Ctr.DeleteTaskAsync(_id);
    }

    /// <summary>Its processes have neither cgroup nor state of runc's: they are known by their bundle.</summary>
    private async Task AssertNothingIsLeftAsync()
    {
        await Eventually.ShowsAsync(() => Census.Take(Containerd, _id), static census => census.IsEmpty, "nothing is left");
        await Eventually.ShowsAsync(() => ProcessesOf(_id), static left => left.Length == 0, "no process is left");
    }

    private static string ProcessesOf(string id) => string.Join(
        "; ", Directory.EnumerateDirectories("/proc").Where(static path => char.IsAsciiDigit(Path.GetFileName(path)[0])).Select(CommandLine).Where(line => line.Contains(id)));

    private static string CommandLine(string process)
    {
        try
        {
            return File.ReadAllText(Path.Combine(process, "cmdline")).Replace('\0', ' ');
        }
        catch (IOException)
        {
            return "";
        }
    }
}
