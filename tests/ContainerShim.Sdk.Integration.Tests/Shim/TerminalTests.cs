using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Processes with a terminal.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class TerminalTests(string runtime) : ShimFixture(runtime)
{
    [Test]
    public async Task ResizePty_OfAContainer_ChangesTheSizeThatItSees()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["sh", "-c", "echo ready; read x; stty size"], Terminal = true });
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdin: true, stdout: true, terminal: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        FifoReader reader = stdio.Read(stdio.Stdout);
        RawTask task = await shim.RunAsync(bundle, stdio);
        await Eventually.ShowsAsync(() => reader.Text, text => text.Contains("ready", StringComparison.Ordinal), "the container reads");

        await task.ResizeAsync(width: 100, height: 40);
        await stdio.WriteStdinAsync("\n");

        Assert.That(await task.WaitAsync(), Is.Zero);
        await task.DeleteAsync();
        Assert.That(await reader.TextAsync(), Does.EndWith("40 100\r\n"));
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Execs_ManyWithTerminals_AreCompleteAndLeaveNone()
    {
        // Of the others it is asked whether each of them gives its terminal back at all.
        int count = Runtime.IsDefault ? 1000 : 100;
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        await RunAsync(task, bundle, "warm");
        ProcessCensus before = shim.Census();

        await Parallel.ForEachAsync(
            Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 4 }, async (i, _) => await RunAsync(task, bundle, $"exec-{i}"));

        await Eventually.ShowsAsync(shim.Census, after => after.IsWithin(before), $"the shim is as before: {before}", TimeSpan.FromSeconds(5));
        Assert.That(shim.Census().Count("ptmx"), Is.Zero);
        await task.KillAndDeleteAsync();
    }

    [Test]
    public async Task CloseIO_OfATerminal_LeavesItOpenForOutput()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["sh", "-c", "read x; echo got $x; sleep 0.2; echo last"], Terminal = true });
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdin: true, stdout: true, terminal: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        FifoReader reader = stdio.Read(stdio.Stdout);
        RawTask task = await shim.RunAsync(bundle, stdio);

        await stdio.WriteStdinAsync("words\n");
        await task.CloseStdinAsync();

        Assert.That(await task.WaitAsync(), Is.Zero);
        await task.DeleteAsync();
        Assert.That(await reader.TextAsync(), Does.EndWith("got words\r\nlast\r\n"));
    }

    [Test]
    public async Task Logger_OfATerminal_GetsAllOfIt([Values("binary", "file")] string scheme)
    {
        string log = Path.Combine(Site.Directory, "log");
        string logger = Script.Make(Site, "logger", $"exec 5>&-\ncat <&3 > {log}");
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["sh", "-c", "tty; stty -opost; seq 1 20000"], Terminal = true });
        RawShim shim = await Site.StartShimAsync(bundle);
        ProcessCensus before = shim.Census();

        RawTask task = await shim.RunAsync(bundle, TestStdio.To(scheme == "binary" ? $"binary://{logger}" : $"file://{log}"));
        Assert.That(await task.WaitAsync(), Is.Zero);
        await task.DeleteAsync();

        string[] lines = await File.ReadAllLinesAsync(log);
        Assert.That(lines[0], Does.StartWith("/dev/"));
        Assert.That(lines.Skip(1), Is.EqualTo(Enumerable.Range(1, 20_000).Select(number => number.ToString())));
        await Eventually.ShowsAsync(shim.Census, after => after.Children == 0 && after.Count("ptmx") == 0 && after.Count("pipe") <= before.Count("pipe"), "nothing is held");
    }

    private static async Task RunAsync(RawTask task, TestBundle bundle, string execId)
    {
        using TestStdio stdio = TestStdio.Create(bundle.PathOf($"io-{execId}"), stdout: true, terminal: true);
        FifoReader reader = stdio.Read(stdio.Stdout);
        task.Expect(4, execId);
        await task.ExecAsync(execId, ["sh", "-c", "echo $$ on $(tty); exit 4"], stdio);
        Assert.That(await task.WaitAsync(execId), Is.EqualTo(4));
        await task.DeleteAsync(execId);
        Assert.That(await reader.TextAsync(), Does.Match(@"^\d+ on /dev/.*\r\n$"));
    }
}
