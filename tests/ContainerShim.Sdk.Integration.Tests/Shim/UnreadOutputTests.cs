using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Tests.Stdio;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Containers whose output nobody reads, or goes to a file.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class UnreadOutputTests(string runtime) : ShimFixture(runtime)
{
    private const int FiftyMegabytes = 50 * 1024 * 1024;

    [TestCase("drop-oldest", "64k")]
    [TestCase("spill", "64m")]
    public async Task Container_WithAPolicyAndNoReader_EndsAndIsReportedAndItsOutputCanStillBeRead(string policy, string size)
    {
        TestBundle bundle = Bundle(policy, size, $"yes 0123456789abcde | head -c {FiftyMegabytes}; echo last; exit 3");
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: true, stderr: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle, stdio);

        Assert.That(await task.WaitAsync(), Is.EqualTo(3));
        shim.Signal(Native.SigUsr1);
        string log = "";
        await Eventually.ShowsAsync(() => log += bundle.ReadLog(), text => text.Contains("output of all processes", StringComparison.Ordinal), "the state");
        FifoReader reader = stdio.Read(stdio.Stdout);
        stdio.Read(stdio.Stderr);
        await task.DeleteAsync();

        byte[] output = await reader.End;
        Assert.That(log, Does.Match($@"State: stdout of {bundle.Id} of {bundle.Id}: {FiftyMegabytes + 5} bytes taken, "));
        Assert.That(System.Text.Encoding.ASCII.GetString(output.AsSpan(^5..)), Is.EqualTo("last\n"));
        Assert.That(output, Has.Length.EqualTo(FiftyMegabytes + 5).Or.Length.LessThan(512 * 1024));
        Assert.That(output, policy == "spill" ? Has.Length.GreaterThan(FiftyMegabytes) : Has.Length.LessThan(FiftyMegabytes));
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Create_WithAnAnnotationThatCannotBeFollowed_FailsAndLeavesNothing()
    {
        TestBundle bundle = Bundle("drop-newest", "64k", "true");
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        RpcException error = (await Assert.ThrowsAsync<RpcException>(async () => await shim.CreateAsync(bundle, stdio)))!;
        Assert.That(error.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(error.Status.Detail, Does.Contain("dev.containershim.stdio.policy"));
        await shim.ShutdownAsync();
    }

    [Test]
    public async Task LogFile_OfAContainerAndItsExec_IsOneAndIsRotated()
    {
        string path = Path.Combine(Site.Directory, "pod", "0.log");
        TestStdio stdio = TestStdio.To($"file://{path}?format=cri&max-size=1m&max-files=3");
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle, stdio);
        await task.ExecAsync("counts", ["sh", "-c", "seq 1 40000; seq 40001 80000 >&2"], stdio);

        Assert.That(await task.WaitAsync("counts"), Is.Zero);
        await task.DeleteAsync("counts");
        await task.KillAndDeleteAsync();
        await shim.ShutdownAsync();

        string[] lines = [.. File.ReadLines(path + ".2"), .. File.ReadLines(path + ".1"), .. File.ReadLines(path)];
        Assert.That(lines[^1], Does.Match("^[^ ]+Z stderr F 80000$"));
        int first = 80001 - lines.Length;
        Assert.That(lines.Select(line => int.Parse(line.Split(' ', 4)[3], System.Globalization.CultureInfo.InvariantCulture)), Is.EqualTo(Enumerable.Range(first, lines.Length)).Or.EquivalentTo(Enumerable.Range(first, lines.Length)));
        Assert.That(Directory.GetFiles(Path.GetDirectoryName(path)!), Has.Length.EqualTo(3));
    }

    [Test]
    public async Task Shutdown_WhileTheDiskOfALogHasStalled_WaitsUntilItIsWritten()
    {
        using FrozenDisk disk = new();
        string path = Path.Combine(disk.Path, "log");
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["sh", "-c", "sleep 0.5; echo last words"] });
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle, TestStdio.To("file://" + path));
        disk.Freeze();
        await task.WaitAsync();
        await task.DeleteAsync();

        Task ended = shim.ShutdownAsync();
        await Task.Delay(TimeSpan.FromSeconds(1));
        Assert.That(ended.IsCompleted, Is.False);
        disk.Thaw();
        await ended;

        Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo("last words\n"));
    }

    private TestBundle Bundle(string policy, string size, string script) => Site.NewBundle(new BundleOptions
    {
        Args = ["sh", "-c", script],
        Annotations = new Dictionary<string, string>
        {
            ["dev.containershim.stdio.policy"] = policy,
            ["dev.containershim.stdio.buffer-size"] = size,
        },
    });
}
