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

    /// <summary>Of KernelInfo fewer, as they end as children of the machine's init, which on some machines collects only every two seconds.</summary>
    private static int Containers(ExitTracking tracking) => (tracking == ExitTracking.KernelInfo ? 10 : 50) * _strength;

    private static int Execs => 200 * _strength;

    [TestCase(ExitTracking.Reaper)]
    [TestCase(ExitTracking.Subreaper)]
    [TestCase(ExitTracking.KernelInfo)]
    public async Task Storm_BesideTheHostsOwnChildren_GivesEveryExactStatusOfBoth(ExitTracking tracking)
    {
        await using HostSite site = new();
        int containers = Containers(tracking);
        for (int i = 0; i < containers; i++)
        {
            int code = Random.Shared.Next(256);
            site.NewBundle($"c{i}x{code}", $"exit {code}", parent: "storm");
        }

        await using HostProcess host = await HostProcess.StartAsync(site, tracking);
        // Without a pid namespace of its own, which is when a subreaper looks for orphans most often.
        await host.AskAsync("create", "base", site.NewBundle("base", "sleep 1000", hasPidNamespace: false), "", "", "", "");
        await host.AskAsync("start", "base", "");
        host.Patience = BoundOfStorm;
        long began = Stopwatch.GetTimestamp();
        string wrong = await host.AskAsync("storm", "base", $"{Execs}", site.PathOf("storm"));
        TestContext.Out.WriteLine($"{wrong}, in {Stopwatch.GetElapsedTime(began)}");
        Assert.That(
            wrong,
            Does.Match($"^wrong: 0 of {containers} containers, 0 of {Execs} execs, 0 of [1-9][0-9]* processes, 0 of [1-9][0-9]* collected late$"));
        if (tracking == ExitTracking.Reaper)
        {
            Assert.That(await host.AskAsync("census"), Does.Not.Contain("children").And.Not.Contain("subreaper").And.Not.Contain("Sig"), "while the engine lives");
        }

        await host.AskAsync("kill", "base");
        Assert.That(await host.AskAsync("wait", "base", ""), Is.EqualTo("137"));
        string end = await host.EndAsync();
        Assert.That(end, tracking == ExitTracking.Subreaper ? Does.Match("^subreaper: 0 became 1$") : Is.EqualTo("unchanged"));
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
    public async Task Orphans_InAHostThatIsASubreaper_AreCollected()
    {
        await using HostSite site = new();
        await using HostProcess host = await HostProcess.StartAsync(site, ExitTracking.Subreaper);
        string pid = await host.AskAsync("create", "base", site.NewBundle("base", "sleep 1000", hasPidNamespace: false), "", "", "", "");
        await host.AskAsync("start", "base", "");
        await host.AskAsync("exec", "base", "e", "sleep 2 & setsid sleep 2 & echo", "", "");
        await host.AskAsync("start", "base", "e");
        Assert.That(await host.AskAsync("wait", "base", "e"), Is.EqualTo("0"));
        await Eventually.BecomesAsync(() => ChildrenAsync(host), static children => children.Length == 3, "the host has inherited them");
        await Eventually.BecomesAsync(() => ChildrenAsync(host), children => children.SequenceEqual([pid]), "they are collected");
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
        // The .NET runtime as PID 1 collects everybody, so that no other code of the host gets a status.
        Assert.That(wrong, Does.Match("^wrong: 0 of 10 containers, 0 of 200 execs, 0 of [1-9][0-9]* processes, "));
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

    private static async Task<string[]> ChildrenAsync(HostProcess host)
    {
        string census = await host.AskAsync("census");
        return [.. census.Split("; ").Where(static fact => fact.StartsWith("children: ", StringComparison.Ordinal))
            .SelectMany(static fact => fact["children:  became ".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries))];
    }
}
