using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary>Processes whose output nobody takes, or takes too slowly.</summary>
internal sealed class SlowReaderTests
{
    private const string FiftyMegabytes = "yes 0123456789abcde | head -c 52428800";
    private const long All = 50 * 1024 * 1024;
    private const int Line = 16;

    private static readonly TimeSpan Bound = OsFixture.Bound;

    [Test]
    public async Task DropOldest_NoReader_ProcessEndsAndTheReaderGetsTheNewestLines()
    {
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = SlowReaderPolicy.DropOldest, BufferSize = 256 * 1024 });
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, FiftyMegabytes + "; echo the last line");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);

        Task drained = stdio.DrainAsync(CancellationToken.None);
        string text = await StdioFixture.ReadAllAsync(StdioFixture.OpenReader(path));
        await drained.WaitAsync(Bound);

        StreamCounters counters = stdio.Counters.Single();
        Assert.That(text, Does.EndWith("0123456789abcde\nthe last line\n"));
        Assert.That(text.Length, Is.InRange(200 * 1024, 512 * 1024), "the buffer and the FIFO");
        Assert.That(counters.Taken, Is.EqualTo(All + "the last line\n".Length));
        Assert.That(counters.Dropped, Is.EqualTo(counters.Taken - text.Length), "what is not there is counted");
        Assert.That(counters.Waiting, Is.Zero);
        Assert.That(text.Split('\n')[4096..^2].Skip(1), Has.All.EqualTo("0123456789abcde").Or.EqualTo("the last line"), "after the gap lines are whole");
    }

    [Test]
    public async Task Spill_NoReader_ProcessEndsAndTheReaderGetsEverythingInOrder()
    {
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = SlowReaderPolicy.Spill });
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "seq 1 3000000");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);

        Task drained = stdio.DrainAsync(CancellationToken.None);
        string text = await StdioFixture.ReadAllAsync(StdioFixture.OpenReader(path));
        await drained.WaitAsync(Bound);

        int expected = 0;
        foreach (ReadOnlySpan<char> line in text.AsSpan().TrimEnd('\n').EnumerateLines())
        {
            if (!line.SequenceEqual((++expected).ToString(System.Globalization.CultureInfo.InvariantCulture)))
            {
                Assert.Fail($"line {expected} is {line}");
            }
        }

        Assert.That(expected, Is.EqualTo(3000000));
        Assert.That(stdio.Counters.Single().Dropped, Is.Zero);
        Assert.That(stdio.Counters.Single().Spilled, Is.GreaterThan(16 * 1024 * 1024));
    }

    [Test]
    public async Task Spill_MoreThanTheBound_KeepsTheOldestInOrderAndCountsTheRest()
    {
        const int Size = 1024 * 1024;
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = SlowReaderPolicy.Spill, SpillSize = Size });
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, FiftyMegabytes);
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);

        Task drained = stdio.DrainAsync(CancellationToken.None);
        string text = await StdioFixture.ReadAllAsync(StdioFixture.OpenReader(path));
        await drained.WaitAsync(Bound);

        StreamCounters counters = stdio.Counters.Single();
        Assert.That(text.Length, Is.InRange(Size, Size + (256 * 1024)));
        Assert.That(text, Is.EqualTo(string.Concat(Enumerable.Repeat("0123456789abcde\n", (text.Length / Line) + 1))[..text.Length]));
        Assert.That(counters.Dropped, Is.EqualTo(All - text.Length));
    }

    [TestCase(SlowReaderPolicy.DropOldest)]
    [TestCase(SlowReaderPolicy.Spill)]
    public async Task Policy_ReaderThatStops_HoldsNothingUpAndGoesOnLater(SlowReaderPolicy policy)
    {
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = policy, SpillSize = All, SpillDirectory = "/tmp" });
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        SafeFd reader = StdioFixture.OpenReader(path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo first; " + FiftyMegabytes + "; echo last");
        byte[] buffer = new byte[6];
        StdioFixture.Read(reader, buffer);
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);

        Task drained = stdio.DrainAsync(CancellationToken.None);
        string rest = await StdioFixture.ReadAllAsync(reader);
        await drained.WaitAsync(Bound);

        Assert.That(Encoding.ASCII.GetString(buffer), Is.EqualTo("first\n"));
        Assert.That(rest, Does.EndWith(policy == SlowReaderPolicy.Spill ? "abcde\n" : "last\n").Or.EndWith("last\n"));
        Assert.That(rest.Length + buffer.Length + stdio.Counters.Single().Dropped, Is.EqualTo(stdio.Counters.Single().Taken));
    }

    [TestCase(SlowReaderPolicy.DropOldest)]
    [TestCase(SlowReaderPolicy.Spill)]
    public async Task Policy_ReaderThatKeepsUp_GetsEverything(SlowReaderPolicy policy)
    {
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = policy, BufferSize = 64 * 1024 * 1024 });
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        Task<(long Length, string Hash)> hash = StdioFixture.HashAllAsync(StdioFixture.OpenReader(path));
        using IProcessWatch watch = await fixture.RunAsync(stdio, FiftyMegabytes);
        Assert.That((await hash).Length, Is.EqualTo(All));
        Assert.That(stdio.Counters.Single().Dropped, Is.Zero);
    }

    [TestCase(SlowReaderPolicy.DropOldest)]
    [TestCase(SlowReaderPolicy.Spill)]
    public async Task Policy_ReaderThatGoesAndComesBack_GetsWhatWaits(SlowReaderPolicy policy)
    {
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = policy });
        string path = fixture.MakeFifo("out"), stdin = fixture.MakeFifo("in");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: path);
        SafeFd first = StdioFixture.OpenReader(path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo one; read x; head -c 300000 /dev/zero; echo two");
        Assert.That(StdioFixture.Read(first, new byte[4]), Is.EqualTo(4));
        first.Dispose();
        using (SafeFd writer = Sdk.Linux.Interop.Libc.Open(stdin, Sdk.Linux.Interop.OpenFlags.WriteOnly | Sdk.Linux.Interop.OpenFlags.NonBlocking))
        {
            StdioFixture.Write(writer, "\n"u8);
            Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
        }

        string text = await StdioFixture.ReadAllAsync(StdioFixture.OpenReader(path));
        Assert.That(text, Is.EqualTo(new string('\0', 300000) + "two\n"));
    }

    [TestCase(SlowReaderPolicy.DropOldest)]
    [TestCase(SlowReaderPolicy.Spill)]
    public async Task Policy_NobodyEverReads_DeletionDropsTheRestAndCountsIt(SlowReaderPolicy policy)
    {
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = policy });
        IProcessStdio stdio = await fixture.OpenAsync(stdout: fixture.MakeFifo("out"));
        StreamCounters counters = stdio.Counters.Single();
        using IProcessWatch watch = await fixture.RunAsync(stdio, "head -c 500000 /dev/zero");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
        using CancellationTokenSource budget = new(TimeSpan.FromMilliseconds(50));
        await stdio.DrainAsync(budget.Token).WaitAsync(Bound);
        await stdio.DisposeAsync();
        Assert.That(counters.Taken, Is.EqualTo(500000));
        Assert.That(counters.Dropped, Is.GreaterThan(0));
        Assert.That((counters.Waiting, fixture.Factory.Totals.Waiting, fixture.Factory.Totals.Dropped), Is.EqualTo((0L, 0L, counters.Dropped)));
    }

    [Test]
    public async Task Policy_GrandchildThatWritesOnAndOnWithAStoppedReader_EndsTheDrainOnceTheReaderHasAll()
    {
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = SlowReaderPolicy.DropOldest });
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "head -c 1000000 /dev/zero; cat /dev/zero & exit 0");
        await watch.Exited.WaitAsync(Bound);
        Task drained = stdio.DrainAsync(CancellationToken.None);
        Task<(long Length, string Hash)> hash = StdioFixture.HashAllAsync(StdioFixture.OpenReader(path));
        await drained.WaitAsync(Bound);
        Assert.That((await hash).Length, Is.GreaterThan(0));
    }

    [Test]
    public async Task Waiting_WithAPolicy_CostsNoTime()
    {
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = SlowReaderPolicy.Spill });
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: fixture.MakeFifo("out"));
        using IProcessWatch watch = await fixture.RunAsync(stdio, "head -c 3000000 /dev/zero; exec sleep 100");
        await OsFixture.UntilAsync(() => stdio.Counters.Single().Taken == 3000000);
        TimeSpan before = PipedStdioTests.ReactorTime();
        await Task.Delay(300);
        Assert.That(PipedStdioTests.ReactorTime() - before, Is.LessThanOrEqualTo(TimeSpan.FromMilliseconds(20)));
        watch.Signal(9);
        await watch.Exited.WaitAsync(Bound);
        using CancellationTokenSource budget = new(TimeSpan.FromMilliseconds(50));
        await stdio.DrainAsync(budget.Token).WaitAsync(Bound);
    }

    [Test]
    public async Task Spill_FullDisk_DropsAndCountsAndNeverHoldsUp()
    {
        using TinyDisk disk = new("64k");
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = SlowReaderPolicy.Spill, SpillDirectory = disk.Path });
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, FiftyMegabytes);
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
        Task drained = stdio.DrainAsync(CancellationToken.None);
        string text = await StdioFixture.ReadAllAsync(StdioFixture.OpenReader(path));
        await drained.WaitAsync(Bound);
        Assert.That(text.Length + stdio.Counters.Single().Dropped, Is.EqualTo(All));
    }

    [Test]
    public void Spill_MissingDirectory_FailsTheCreation()
    {
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = SlowReaderPolicy.Spill, SpillDirectory = "/nope" });
        string path = fixture.MakeFifo("out");
        Assert.That(async () => await fixture.OpenAsync(stdout: path), Throws.TypeOf<ShimException>().With.Message.Contains("\"/nope\""));
    }

    [Test]
    public async Task Annotations_OfTheContainer_ChooseAPolicy()
    {
        using StdioFixture fixture = new();
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path, annotations: new Dictionary<string, string>
        {
            [SlowReader.PolicyAnnotation] = "drop-oldest",
            [SlowReader.SizeAnnotation] = "8k",
        });
        using IProcessWatch watch = await fixture.RunAsync(stdio, "head -c 3000000 /dev/zero");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
        Task drained = stdio.DrainAsync(CancellationToken.None);
        Assert.That((await StdioFixture.ReadAllAsync(StdioFixture.OpenReader(path))).Length, Is.LessThan(300 * 1024));
        await drained.WaitAsync(Bound);
    }

    [TestCase("drop", "8k", "it may be block, drop-oldest or spill")]
    [TestCase("drop-oldest", "1g", "from 4096 to 16777216")]
    [TestCase("spill", "-1", "from 4096 to 1073741824")]
    [TestCase("spill", "8kk", "such as 256k")]
    public void Annotations_ThatCannotBeFollowed_FailTheCreation(string policy, string size, string text)
    {
        Dictionary<string, string> annotations = new() { [SlowReader.PolicyAnnotation] = policy, [SlowReader.SizeAnnotation] = size };
        Assert.That(
            () => SlowReader.Choose(new StdioOptions(), annotations),
            Throws.TypeOf<ShimException>().With.Message.Contains(text).And.Property("Code").EqualTo(ShimErrorCode.InvalidArgument));
        Assert.That(SlowReader.Choose(new StdioOptions { FollowAnnotations = false }, annotations).Policy, Is.EqualTo(SlowReaderPolicy.Block));
    }
}
