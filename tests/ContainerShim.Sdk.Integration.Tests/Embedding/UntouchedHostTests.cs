using System.Diagnostics;
using System.Globalization;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>An ordinary host with children of its own, beside many containers and execs that end at once.</summary>
[NonParallelizable]
public sealed class UntouchedHostTests
{
    /// <summary>A tenth of it by default, as it takes minutes of processor time: CONTAINERSHIM_STORM=10 for 500 containers and 2,000 execs.</summary>
    private static readonly int _strength = int.Parse(Environment.GetEnvironmentVariable("CONTAINERSHIM_STORM") ?? "1", CultureInfo.InvariantCulture);

    /// <summary>All of it is processor time, of the runtime for the most part.</summary>
    private static TimeSpan BoundOfStorm => Pace.Of(TimeSpan.FromMinutes(1)) * _strength;

    private static int Containers => 50 * _strength;

    private static int Execs => 200 * _strength;

    [Test]
    public async Task Storm_BesideTheHostsOwnChildren_GivesEveryExactStatusAndLeavesTheHostAsItWas()
    {
        await using HostSite site = new();
        for (int i = 0; i < Containers; i++)
        {
            int code = Random.Shared.Next(256);
            site.NewBundle($"c{i}x{code}", $"exit {code}", parent: "storm");
        }

        await using HostProcess host = await HostProcess.StartAsync(site, ExitTracking.Reaper);
        await host.AskAsync("create", "base", site.NewBundle("base", "sleep 1000"), "", "", "", "");
        await host.AskAsync("start", "base", "");
        host.Patience = BoundOfStorm;
        long began = Stopwatch.GetTimestamp();
        string wrong = await host.AskAsync("storm", "base", $"{Execs}", site.PathOf("storm"));
        TestContext.Out.WriteLine($"{wrong}, in {Stopwatch.GetElapsedTime(began)}");
        Assert.That(wrong, Does.Match($"^wrong: 0 of {Containers} containers, 0 of {Execs} execs, 0 of [1-9][0-9]* processes$"));
        Assert.That(await host.AskAsync("census"), Does.Not.Contain("children").And.Not.Contain("subreaper").And.Not.Contain("Sig"), "while the engine lives");
        await host.AskAsync("kill", "base");
        Assert.That(await host.AskAsync("wait", "base", ""), Is.EqualTo("137"));
        Assert.That(await host.EndAsync(), Is.EqualTo("unchanged"));
        await Eventually.ShowsAsync(() => File.Exists(site.ReaperSocket), static exists => !exists, "the reaper ends with the last engine");
    }

    [TestCase(ExitTracking.Reaper)]
    [TestCase(ExitTracking.Subreaper)]
    [TestCase(ExitTracking.KernelInfo)]
    public async Task Execs_ThatEndAtOnce_HaveTheirExactStatusHoweverExitsAreTracked(ExitTracking tracking)
    {
        await using HostSite site = new();
        await using HostProcess host = await HostProcess.StartAsync(site, tracking);
        await host.AskAsync("create", "base", site.NewBundle("base", "sleep 1000"), "", "", "", "");
        await host.AskAsync("start", "base", "");
        Assert.That(await host.AskAsync("execs", "base", "250"), Is.EqualTo("0 of 250"));
        await host.EndAsync();
    }

    [Test]
    public async Task ExecWithATerminal_WithoutAParentOfItsOwn_IsRefusedRatherThanGuessed()
    {
        await using HostSite site = new();
        await using HostProcess host = await HostProcess.StartAsync(site, ExitTracking.KernelInfo);
        await host.AskAsync("create", "base", site.NewBundle("base", "sleep 1000"), "", "", "", "");
        await host.AskAsync("start", "base", "");
        await host.AskAsync("exec", "base", "e", "exit 3", "", "tty");
        InvalidOperationException refusal = (await Assert.ThrowsAsync<InvalidOperationException>(() => host.AskAsync("start", "base", "e")))!;
        Assert.That(refusal.Message, Does.StartWith("FailedPrecondition").And.Contain("ExitTracking.Reaper"));
        await host.EndAsync();
    }

    [Test]
    public async Task Host_AsPidOne_StillGetsEveryExactStatus()
    {
        await using HostSite site = new();
        await using HostProcess host = await HostProcess.StartAsync(site, ExitTracking.Reaper, isDeaf: false, "unshare", "--pid", "--fork", "--mount-proc", "--kill-child");
        Assert.That(host.Pid, Is.EqualTo(1));
        await host.AskAsync("create", "base", site.NewBundle("base", "sleep 1000"), "", "", "", "");
        await host.AskAsync("start", "base", "");
        for (int i = 0; i < 10; i++)
        {
            site.NewBundle($"c{i}x{200 + i}", $"exit {200 + i}", parent: "storm");
        }

        string wrong = await host.AskAsync("storm", "base", "200", site.PathOf("storm"));
        Assert.That(wrong, Does.Match("^wrong: 0 of 10 containers, 0 of 200 execs, 0 of [1-9][0-9]* processes$"));
        Assert.That(await host.EndAsync(), Does.Not.Contain("subreaper").And.Not.Contain("Sig"));
    }

    [Test]
    public async Task SecondHost_OfTheSameStateDirectory_IsToldWhoHasIt()
    {
        await using HostSite site = new();
        await using HostProcess host = await HostProcess.StartAsync(site, ExitTracking.Reaper);
        InvalidOperationException refusal = (await Assert.ThrowsAsync<InvalidOperationException>(() => HostProcess.StartAsync(site, ExitTracking.Reaper)))!;
        Assert.That(refusal.Message, Does.Contain($"state directory {site.StateDirectory} is in use by an engine of process {host.Pid}"));
        await host.EndAsync();
    }
}
