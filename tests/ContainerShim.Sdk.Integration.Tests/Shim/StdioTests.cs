using System.Diagnostics;
using System.Security.Cryptography;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Bytes between a container and its client, whatever the client does.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class StdioTests(string runtime) : ShimFixture(runtime)
{
    private const int Megabyte = 1 << 20;

    [Test]
    public async Task Output_OfOneStreamOnly_ArrivesWithoutTheOthers([Values("stdout", "stderr")] string stream)
    {
        TestBundle bundle = Bundle("echo out; echo err >&2");
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: stream == "stdout", stderr: stream == "stderr");
        FifoReader reader = stdio.Read(stream == "stdout" ? stdio.Stdout : stdio.Stderr);

        await RunToEndAsync(bundle, stdio);

        Assert.That(await reader.TextAsync(), Is.EqualTo(stream == "stdout" ? "out\n" : "err\n"));
    }

    [Test]
    public async Task Output_WhoseReaderComesASecondLate_IsComplete()
    {
        TestBundle bundle = Bundle("echo early; exit 3");
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: true, stderr: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle, stdio);
        await task.WaitAsync();
        Task delete = task.DeleteAsync();

        await Task.Delay(TimeSpan.FromSeconds(1));
        FifoReader reader = stdio.Read(stdio.Stdout);
        stdio.Read(stdio.Stderr);

        await delete;
        Assert.That(await reader.TextAsync(), Is.EqualTo("early\n"));
    }

    [Test]
    public async Task Output_WhoseReaderGoesAndComesBack_GoesOn()
    {
        TestBundle bundle = Bundle("echo one; read x; echo two; read x; echo three");
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdin: true, stdout: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        FifoReader first = stdio.Read(stdio.Stdout);
        RawTask task = await shim.RunAsync(bundle, stdio);
        await Eventually.ShowsAsync(() => first.Text, text => text == "one\n", "the first line");
        first.Dispose();

        await stdio.WriteStdinAsync("\n");
        FifoReader second = stdio.Read(stdio.Stdout);
        await Eventually.ShowsAsync(() => second.Text, text => text.Contains("two\n", StringComparison.Ordinal), "the second line");
        await stdio.WriteStdinAsync("\n");

        Assert.That(await task.WaitAsync(), Is.Zero);
        await task.DeleteAsync();
        Assert.That(await second.TextAsync(), Does.EndWith("two\nthree\n"));
    }

    [Test]
    public async Task Output_WithASlowReader_DelaysNoOtherCallAndIsComplete()
    {
        TestBundle bundle = Bundle("head -c 1048576 /dev/zero");
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        using FifoReader reader = FifoReader.Start(stdio.Stdout, chunk: 16 * 1024, pause: TimeSpan.FromMilliseconds(20));
        RawTask task = await shim.RunAsync(bundle, stdio);

        while (reader.Length < Megabyte / 2)
        {
            long started = Stopwatch.GetTimestamp();
            await task.StateAsync();
            Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromMilliseconds(100)));
        }

        await task.WaitAsync();
        await task.DeleteAsync();
        Assert.That((await reader.End).Length, Is.EqualTo(Megabyte));
    }

    [Test]
    public async Task Output_OfEightMegabytesOnBothStreams_IsExact()
    {
        string one = await RandomFileAsync("one");
        string two = await RandomFileAsync("two");
        TestBundle bundle = Site.NewBundle(new BundleOptions
        {
            Args = ["sh", "-c", "cat /tmp/one & cat /tmp/two >&2; wait"],
            Files = new Dictionary<string, string> { ["one"] = one, ["two"] = two },
        });
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: true, stderr: true);
        FifoReader output = stdio.Read(stdio.Stdout);
        FifoReader errors = stdio.Read(stdio.Stderr);

        await RunToEndAsync(bundle, stdio);

        Assert.That(SHA256.HashData(await output.End), Is.EqualTo(SHA256.HashData(await File.ReadAllBytesAsync(one))));
        Assert.That(SHA256.HashData(await errors.End), Is.EqualTo(SHA256.HashData(await File.ReadAllBytesAsync(two))));
    }

    [Test]
    public async Task Input_OfAMegabyteThenClosed_ComesBackAndEndsTheContainer()
    {
        byte[] content = RandomNumberGenerator.GetBytes(Megabyte);
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["cat"] });
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdin: true, stdout: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        FifoReader reader = stdio.Read(stdio.Stdout);
        RawTask task = await shim.RunAsync(bundle, stdio);

        await using (FileStream stdin = await stdio.OpenStdinAsync())
        {
            await stdin.WriteAsync(content).AsTask().WaitAsync(TimeSpan.FromSeconds(20));
        }

        await task.CloseStdinAsync();
        Assert.That(await task.WaitAsync(), Is.Zero);
        await task.DeleteAsync();
        Assert.That(SHA256.HashData(await reader.End), Is.EqualTo(SHA256.HashData(content)));
    }

    [Test]
    public async Task Delete_WhileAGrandchildHoldsTheOutput_TakesNoLongerThanASecond()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: true, stderr: true);
        FifoReader reader = stdio.Read(stdio.Stdout);
        stdio.Read(stdio.Stderr);
        await task.ExecAsync("parent", ["sh", "-c", "sleep 1000 & echo told"], stdio);
        await task.WaitAsync("parent");
        long started = Stopwatch.GetTimestamp();

        await task.DeleteAsync("parent");

        Assert.That(Stopwatch.GetElapsedTime(started), Is.LessThan(TimeSpan.FromSeconds(1)));
        Assert.That(await reader.TextAsync(), Is.EqualTo("told\n"));
        await task.KillAndDeleteAsync();
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    private TestBundle Bundle(string script) => Site.NewBundle(new BundleOptions { Args = ["sh", "-c", script] });

    private async Task RunToEndAsync(TestBundle bundle, TestStdio stdio)
    {
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle, stdio);
        Assert.That(await task.WaitAsync(), Is.Zero);
        await task.DeleteAsync();
        await shim.ShutdownAsync();
    }

    private async Task<string> RandomFileAsync(string name)
    {
        string path = Path.Combine(Site.Directory, name);
        await File.WriteAllBytesAsync(path, RandomNumberGenerator.GetBytes(8 * Megabyte));
        return path;
    }
}
