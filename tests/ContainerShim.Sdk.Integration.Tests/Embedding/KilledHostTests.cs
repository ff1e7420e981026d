using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>A host is killed with its containers in all states, and the next one takes them over.</summary>
[Parallelizable(ParallelScope.Self)]
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class KilledHostTests : IAsyncDisposable
{
    private readonly HostSite _site = new();
    private readonly List<HostProcess> _hosts = [];
    private volatile int _linesRead;

    [Test]
    public async Task Containers_OfAKilledHost_GoOnUnderTheNextWithEveryByteAndExactStatuses()
    {
        const int Lines = 200000;
        const string UntilTold = "trap 'exit 42' TERM; while :; do sleep 0.1; done";
        string output = _site.PathOf("writer.out");
        Native.MakeFifo(output);
        HostProcess first = await StartHostAsync();
        await CreateAsync(first, "sleeper", "sleep 1000");
        await CreateAsync(first, "created", "exit 9", start: false);
        await CreateAsync(first, "paused", "sleep 1000");
        await first.AskAsync("pause", "paused");
        await CreateAsync(first, "told", "exit 5");
        await Eventually.ShowsAsync(() => first.Exits, static exits => exits.Contains("told told 5"), "the exit is told");
        string meanwhile = await CreateAsync(first, "meanwhile", UntilTold);
        string later = await ExecAsync(first, "sleeper", "later", UntilTold);
        string ended = await ExecAsync(first, "sleeper", "ended", UntilTold);
        Task<int> lines = CountLinesAsync(output, Lines);
        await CreateAsync(first, "writer", $"i=0; while [ $i -lt {Lines} ]; do echo line $i; i=$((i+1)); done; exit 21", output);
        await Eventually.ShowsAsync(() => _linesRead, static count => count > 1000, "output is in flight");

        await first.Kill9Async();
        Assert.That(first.Exits, Is.EqualTo(new[] { "told told 5" }));
        await Command.RunAsync("kill", ["-s", "TERM", meanwhile, ended]);
        await Eventually.ShowsAsync(() => ProcFs.IsAlive(int.Parse(meanwhile)) || ProcFs.IsAlive(int.Parse(ended)), static alive => !alive, "two end without a host");

        HostProcess second = await StartHostAsync();
        string adopted = await second.AskAsync("adopt");
        Assert.That(adopted.Split(' '), Is.EquivalentTo(new[] { "writer", "sleeper", "created", "paused", "told", "meanwhile" }));
        Assert.That(await second.AskAsync("wait", "meanwhile", ""), Is.EqualTo("42"));
        Assert.That(await second.AskAsync("wait", "sleeper", "ended"), Is.EqualTo("42"));
        await Command.RunAsync("kill", ["-s", "TERM", later]);
        Assert.That(await second.AskAsync("wait", "sleeper", "later"), Is.EqualTo("42"));
        Assert.That(await second.AskAsync("wait", "told", ""), Is.EqualTo("5"));
        Assert.That(await second.AskAsync("state", "paused", ""), Is.EqualTo("Paused"));
        await second.AskAsync("resume", "paused");
        Assert.That(await second.AskAsync("state", "created", ""), Is.EqualTo("Created"));
        await second.AskAsync("start", "created", "");
        Assert.That(await second.AskAsync("wait", "created", ""), Is.EqualTo("9"));
        Assert.That(await second.AskAsync("wait", "writer", ""), Is.EqualTo("21"));
        await ExecAsync(second, "sleeper", "new", "exit 35");
        Assert.That(await second.AskAsync("wait", "sleeper", "new"), Is.EqualTo("35"));
        await second.AskAsync("delete", "writer", "");
        Assert.That(await lines.WaitAsync(TimeSpan.FromSeconds(60)), Is.EqualTo(Lines), "every line, in order");
        await second.AskAsync("kill", "sleeper");
        await second.AskAsync("kill", "paused");
        Assert.That(await second.AskAsync("wait", "sleeper", ""), Is.EqualTo("137"));
        Assert.That(await second.AskAsync("wait", "paused", ""), Is.EqualTo("137"));
        Assert.That(await second.EndAsync(), Is.EqualTo("unchanged"));
        Assert.That(second.Exits, Is.EquivalentTo(new[]
        {
            "meanwhile meanwhile 42", "sleeper ended 42", "sleeper later 42", "created created 9", "writer writer 21", "sleeper new 35",
            "sleeper sleeper 137", "paused paused 137",
        }));
        await Eventually.ShowsAsync(() => File.Exists(_site.ReaperSocket), static exists => !exists, "the reaper ends with its last container");
    }

    [Test]
    public async Task Terminal_OfAKilledHost_IsReadAndWrittenByTheNext()
    {
        string input = _site.PathOf("input");
        Native.MakeFifo(input);
        HostProcess first = await StartHostAsync();
        string bundle = _site.NewBundle("tty", "read -r a; echo got $a; read -r b; echo got $b; test -t 0; exit 1$?", terminal: true);
        await first.AskAsync("create", "tty", bundle, input, "file://" + _site.PathOf("tty.log"), "", "tty");
        await first.AskAsync("start", "tty", "");
        await WriteAsync(input, "one\n");
        await Eventually.ShowsAsync(() => File.ReadAllText(_site.PathOf("tty.log")), static text => text.Contains("got one"), "the first line");
        await first.Kill9Async();

        HostProcess second = await StartHostAsync();
        Assert.That(await second.AskAsync("adopt"), Is.EqualTo("tty"));
        await WriteAsync(input, "two\n");
        Assert.That(await second.AskAsync("wait", "tty", ""), Is.EqualTo("10"));
        await second.AskAsync("delete", "tty", "");
        Assert.That(File.ReadAllText(_site.PathOf("tty.log")), Does.Contain("got two"));
        await second.EndAsync();
    }

    [Test]
    public async Task Exit_SeenAndNotDelivered_IsToldOnceByTheNextHost()
    {
        HostProcess first = await StartHostAsync(isDeaf: true);
        await CreateAsync(first, "seen", "exit 7");
        Assert.That(await first.AskAsync("wait", "seen", ""), Is.EqualTo("7"));
        await first.Kill9Async();

        HostProcess second = await StartHostAsync();
        await second.AskAsync("adopt");
        Assert.That(await second.AskAsync("wait", "seen", ""), Is.EqualTo("7"));
        await Eventually.ShowsAsync(() => second.Exits, static exits => exits.Count > 0, "the exit is told");
        await second.Kill9Async();

        HostProcess third = await StartHostAsync();
        Assert.That(await third.AskAsync("adopt"), Is.EqualTo("seen"));
        Assert.That(await third.AskAsync("state", "seen", ""), Is.EqualTo("Stopped"));
        await third.AskAsync("delete", "seen", "");
        await third.EndAsync();
        Assert.That((second.Exits, third.Exits), Is.EqualTo((new[] { "seen seen 7" }, Array.Empty<string>())));
    }

    [Test]
    public async Task Container_WithoutItsReaper_SaysThatItsStatusIsUnknown()
    {
        HostProcess first = await StartHostAsync();
        string pid = await CreateAsync(first, "lost", "sleep 1; exit 3");
        await first.Kill9Async();
        await Command.RunAsync("kill", ["-s", "KILL", _site.ReaperPid()!.Value.ToString()]);
        await Eventually.ShowsAsync(() => ProcFs.IsAlive(int.Parse(pid)) || Directory.Exists($"/proc/{pid}"), static there => !there, "it ends, and init collects it");

        HostProcess second = await StartHostAsync();
        await second.AskAsync("adopt");
        Assert.That(await second.AskAsync("wait", "lost", ""), Is.EqualTo("255"));
        await second.EndAsync();
    }

    [Test]
    public async Task Daemons_OfASharedPidNamespace_AreCollectedAlsoWithoutAHost()
    {
        HostProcess first = await StartHostAsync();
        string bundle = _site.NewBundle("shared", "while true; do (sleep 0.1 &); sleep 0.2; done", hasPidNamespace: false);
        await first.AskAsync("create", "shared", bundle, "", "", "", "");
        await first.AskAsync("start", "shared", "");
        int reaper = _site.ReaperPid()!.Value;
        await first.Kill9Async();
        HashSet<int> seen = [];
        await Eventually.ShowsAsync(() => See(seen, reaper), static count => count >= 10, "ten daemons have come to the reaper");
        Assert.That(Children(reaper), Has.Length.LessThan(6), "those that have ended are gone");
        HostProcess second = await StartHostAsync();
        await second.AskAsync("adopt");
        await second.AskAsync("kill", "shared");
        Assert.That(await second.AskAsync("wait", "shared", ""), Is.EqualTo("137"));
        await second.EndAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (HostProcess host in _hosts)
        {
            await host.DisposeAsync();
        }

        await _site.DisposeAsync();
    }

    private static int See(HashSet<int> seen, int reaper)
    {
        seen.UnionWith(Children(reaper));
        return seen.Count;
    }

    private static int[] Children(int pid) =>
        [.. File.ReadAllText($"/proc/{pid}/task/{pid}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

    /// <summary>Reads a FIFO, which hosts come to and leave, up to a number of lines; stops at the first that is not the next.</summary>
    private Task<int> CountLinesAsync(string fifo, int count) => Task.Factory.StartNew(
        () =>
        {
            using StreamReader reader = new(new FileStream(fifo, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 1));
            while (_linesRead < count && reader.ReadLine() == $"line {_linesRead}")
            {
                _linesRead++;
            }

            return _linesRead;
        },
        TaskCreationOptions.LongRunning);

    private static async Task WriteAsync(string fifo, string text)
    {
        await using FileStream stream = new(fifo, FileMode.Open, FileAccess.Write, FileShare.ReadWrite);
        await stream.WriteAsync(System.Text.Encoding.UTF8.GetBytes(text));
    }

    private static async Task<string> ExecAsync(HostProcess host, string id, string exec, string script)
    {
        await host.AskAsync("exec", id, exec, script, "", "");
        return await host.AskAsync("start", id, exec);
    }

    private async Task<HostProcess> StartHostAsync(bool isDeaf = false)
    {
        HostProcess host = await HostProcess.StartAsync(_site, ExitTracking.Reaper, isDeaf);
        _hosts.Add(host);
        return host;
    }

    /// <summary>Returns the pid.</summary>
    private async Task<string> CreateAsync(HostProcess host, string id, string script, string output = "", bool start = true)
    {
        string pid = await host.AskAsync("create", id, _site.NewBundle(id, script), "", output, "", "");
        return start ? await host.AskAsync("start", id, "") : pid;
    }
}
