using System.Globalization;
using System.Text.RegularExpressions;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>What of a container goes from a killed host to the next.</summary>
[Parallelizable(ParallelScope.Self)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed partial class TakenOverTests : IAsyncDisposable
{
    private readonly HostSite _site = new();
    private readonly List<HostProcess> _hosts = [];

    [Test]
    public async Task OomKill_OfOneHostsTime_IsNotToldAgainByTheNext()
    {
        HostProcess first = await StartHostAsync();
        await first.AskAsync("create", "eater", _site.NewBundle("eater", "sleep 1000", memory: 20 << 20), "", "", "", "");
        await first.AskAsync("start", "eater", "");
        await EatAsync(first, "one");
        await Eventually.ShowsAsync(() => first.OomKills, static kills => kills.Count == 1, "the first is told");
        await Eventually.ShowsAsync(KillsOnRecord, static kills => kills == 1, "and that it was is recorded");
        await first.Kill9Async();

        HostProcess second = await StartHostAsync();
        await second.AskAsync("adopt");
        await EatAsync(second, "two");
        await Eventually.ShowsAsync(() => second.OomKills, static kills => kills.Count > 0, "the second is told");
        await second.AskAsync("kill", "eater");
        Assert.That(await second.AskAsync("wait", "eater", ""), Is.EqualTo("137"));
        await second.AskAsync("delete", "eater", "");
        await second.EndAsync();
        Assert.That((first.OomKills.Count, second.OomKills.Count), Is.EqualTo((1, 1)));
    }

    [Test]
    public async Task OomKill_WhileThereIsNoHost_IsToldByTheNext()
    {
        HostProcess first = await StartHostAsync();
        string bundle = _site.NewBundle("eater", "trap 'tail /dev/zero' USR1; echo ready; while :; do sleep 0.1; done", memory: 20 << 20);
        string log = _site.PathOf("log");
        string pid = await first.AskAsync("create", "eater", bundle, "", "file://" + log, "", "");
        await first.AskAsync("start", "eater", "");
        await Eventually.ShowsAsync(() => File.ReadAllText(log), static text => text.Contains("ready"), "it heeds the signal");
        await first.Kill9Async();
        string counter = _site.CgroupFile("eater", "memory.oom_control");
        await Command.RunAsync("kill", ["-s", "USR1", pid]);
        await Eventually.ShowsAsync(() => File.ReadAllText(counter), static text => text.Contains("oom_kill 1"), "it happens");

        HostProcess second = await StartHostAsync();
        await second.AskAsync("adopt");
        await Eventually.ShowsAsync(() => second.OomKills, static kills => kills.Count == 1, "it is told");
        await second.AskAsync("kill", "eater");
        await second.AskAsync("wait", "eater", "");
        await second.AskAsync("delete", "eater", "");
        await second.EndAsync();
        Assert.That((first.OomKills.Count, second.OomKills.Count), Is.EqualTo((0, 1)));
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Terminal_WithALoggingProcess_GoesOnAfterTheHostWithALoggerOrWithout(bool loggerIsThere)
    {
        string log = _site.PathOf("log");
        string logger = _site.PathOf("logger");
        await File.WriteAllTextAsync(logger, $"#!/bin/sh\nexec 5>&-\ncat <&3 >>{log}\n");
        File.SetUnixFileMode(logger, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string input = _site.PathOf("input");
        Native.MakeFifo(input);
        HostProcess first = await StartHostAsync();
        string bundle = _site.NewBundle("tty", "read -r a; echo got $a; read -r b; echo got $b; test -t 1; exit 4$?", terminal: true);
        await first.AskAsync("create", "tty", bundle, input, $"binary://{logger}", "", "tty");
        await first.AskAsync("start", "tty", "");
        await WriteAsync(input, "one\n");
        await Eventually.ShowsAsync(() => File.Exists(log) ? File.ReadAllText(log) : "", static text => text.Contains("got one"), "the first line");
        await first.Kill9Async();
        if (!loggerIsThere)
        {
            File.Delete(logger);
        }

        HostProcess second = await StartHostAsync();
        Assert.That(await second.AskAsync("adopt"), Is.EqualTo("tty"));
        await WriteAsync(input, "two\n");
        Assert.That(await second.AskAsync("wait", "tty", ""), Is.EqualTo("40"));
        await second.AskAsync("delete", "tty", "");
        Assert.That(await File.ReadAllTextAsync(log), loggerIsThere ? Does.Contain("got one").And.Contain("got two") : Does.Not.Contain("got two"));
        Assert.That(await second.EndAsync(), Is.EqualTo("unchanged"));
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HostProcess host in _hosts)
        {
            await host.DisposeAsync();
        }

        await _site.DisposeAsync();
    }

    private static async Task EatAsync(HostProcess host, string exec)
    {
        await host.AskAsync("exec", "eater", exec, "exec tail /dev/zero", "", "");
        await host.AskAsync("start", "eater", exec);
        Assert.That(await host.AskAsync("wait", "eater", exec), Is.EqualTo("137"));
        await host.AskAsync("delete", "eater", exec);
    }

    private static async Task WriteAsync(string fifo, string text)
    {
        await using FileStream stream = new(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
    }

    [GeneratedRegex("\"oom_kills\":([1-9][0-9]*)")]
    private static partial Regex RecordedKills();

    private long KillsOnRecord() => Directory.EnumerateFiles(_site.StateDirectory, "*.json", SearchOption.AllDirectories)
        .Select(static path => RecordedKills().Match(File.ReadAllText(path)))
        .Where(static match => match.Success).Select(static match => long.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture)).FirstOrDefault();

    private async Task<HostProcess> StartHostAsync()
    {
        HostProcess host = await HostProcess.StartAsync(_site, ExitTracking.Reaper);
        _hosts.Add(host);
        return host;
    }
}
