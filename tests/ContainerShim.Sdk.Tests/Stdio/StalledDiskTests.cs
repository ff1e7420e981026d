using System.Globalization;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary>Disks that do not answer: they may cost output, which is then counted, and nothing else. Some of these tests need root.</summary>
internal sealed class StalledDiskTests
{
    private const int Last = 1_000_000;
    private static readonly long SizeOfOutput = Enumerable.Range(1, Last).Sum(static number => number.ToString(CultureInfo.InvariantCulture).Length + 1L);
    private static readonly TimeSpan Bound = OsFixture.Bound;

    [TestCase("raw")]
    [TestCase("cri")]
    public async Task Log_WhoseDiskStalls_HoldsUpNobodyAndTellsWhatIsMissing(string format)
    {
        FakeTimeProvider time = new();
        using Gate gate = new();
        using StdioFixture fixture = new(time, adjust: WithLogsOn(gate));
        string path = Path.Combine(fixture.Directory, "log"), stdin = fixture.MakeFifo("in");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: $"file://{path}?format={format}");
        gate.Close();
        using IProcessWatch watch = await fixture.RunAsync(stdio, $"seq 1 {Last}; read x; echo after");
        StreamCounters counters = stdio.Counters.Single();

        await RequireOthersGoOnAsync(fixture);
        await UntilAsync(time, () => counters.Taken == SizeOfOutput);
        Assert.That(counters.Dropped, Is.GreaterThan(SizeOfOutput - (2 * LogFile.Capacity)));
        gate.Open();
        await OsFixture.UntilAsync(() => File.ReadAllText(path).Contains("were lost", StringComparison.Ordinal));
        await StdioFixture.SendAsync(stdin, "\n");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);

        string[] lines = [.. (await File.ReadAllLinesAsync(path)).Select(line => format == "cri" ? line.Split(' ', 4)[3] : line)];
        Assert.That(lines[^1], Is.EqualTo("after"));
        Assert.That(lines[^2], Is.EqualTo(
            $"[containershim: {counters.Dropped} bytes of output in {counters.DroppedLines} lines were lost: the disk did not answer in time]"));
        int whole = lines.Length - 2;
        if (format == "raw" && lines[..whole].Sum(static line => line.Length + 1) > SizeOfOutput - counters.Dropped)
        {
            // What was read last may have ended inside a line, also before nothing but its end.
            Assert.That(whole.ToString(CultureInfo.InvariantCulture), Does.StartWith(lines[--whole]));
        }

        Assert.That(lines[..whole], Is.EqualTo(Enumerable.Range(1, whole).Select(static number => number.ToString(CultureInfo.InvariantCulture))));
        Assert.That(counters.DroppedLines, Is.EqualTo(Last - whole));
    }

    [Test]
    public async Task Log_OnADiskThatIsSlow_HoldsTheProcessUpAndLosesNothing()
    {
        FakeTimeProvider time = new();
        using Gate gate = new();
        using StdioFixture fixture = new(time, adjust: WithLogsOn(gate));
        string path = Path.Combine(fixture.Directory, "log");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: "file://" + path);
        gate.Close();
        using IProcessWatch watch = await fixture.RunAsync(stdio, $"exec seq 1 {Last}");
        StreamCounters counters = stdio.Counters.Single();
        await OsFixture.UntilAsync(() => counters.Taken >= LogFile.Capacity - (2 * LogChunk.UsualSize) && OsFixture.StateOf(watch.Pid) is 'S');
        time.Advance(FileLane.StallLimit - TimeSpan.FromMilliseconds(1));
        await fixture.Os.Reactor.InvokeAsync(static () => { });
        gate.Open();
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);

        Assert.That((counters.Taken, counters.Dropped, new FileInfo(path).Length), Is.EqualTo((SizeOfOutput, 0L, SizeOfOutput)));
        Assert.That((await File.ReadAllLinesAsync(path))[^1], Is.EqualTo(Last.ToString(CultureInfo.InvariantCulture)));
    }

    [Test]
    public async Task Drain_OfAStalledDisk_EndsAndTheOutputArrivesWhenItAnswers()
    {
        FakeTimeProvider time = new();
        using Gate gate = new();
        using StdioFixture fixture = new(time, adjust: WithLogsOn(gate));
        string path = Path.Combine(fixture.Directory, "log");
        IProcessStdio stdio = await fixture.OpenAsync(stdout: "file://" + path);
        gate.Close();
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo last words");
        await watch.Exited.WaitAsync(Bound);

        Task drained = stdio.DrainAsync(CancellationToken.None);
        await OsFixture.UntilAsync(() => gate.Waiting > 0);
        Assert.That(drained.IsCompleted, Is.False, "it waits while there is hope");
        await UntilAsync(time, () => drained.IsCompleted);
        await stdio.DisposeAsync().AsTask().WaitAsync(Bound);
        gate.Open();

        await OsFixture.UntilAsync(() => File.ReadAllText(path) == "last words\n");
    }

    [Test]
    public async Task LogsWritten_AfterTheEndOfTheStreams_WaitsForTheDisk()
    {
        using Gate gate = new();
        using StdioFixture fixture = new(adjust: WithLogsOn(gate));
        string ended = Path.Combine(fixture.Directory, "ended"), goesOn = Path.Combine(fixture.Directory, "goes-on");
        IProcessStdio stdio = await fixture.OpenAsync(stdout: "file://" + ended);
        await using IProcessStdio other = await fixture.OpenAsync(stdout: "file://" + goesOn);
        gate.Close();
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo last words");
        using IProcessWatch running = await fixture.RunAsync(other, "echo so far; exec sleep 1000");
        await watch.Exited.WaitAsync(Bound);
        await OsFixture.UntilAsync(() => stdio.Counters.Single().Taken > 0 && other.Counters.Single().Taken > 0);
        await stdio.DisposeAsync();

        Task written = fixture.Factory.LogsWrittenAsync();
        await OsFixture.UntilAsync(() => gate.Waiting > 0);
        Assert.That(written.IsCompleted, Is.False);
        gate.Open();
        await written.WaitAsync(Bound);

        Assert.That((File.ReadAllText(ended), File.ReadAllText(goesOn)), Is.EqualTo(("last words\n", "so far\n")));
        running.Signal(9);
        await running.Exited.WaitAsync(Bound);
    }

    [Test]
    public async Task Open_NoThreadToBeHad_IsExhausted()
    {
        using StdioFixture fixture = new(adjust: services => services with
        {
            Lanes = new FileLanes(services.Time, services.Logger, static _ => throw new OutOfMemoryException()),
        });
        string path = Path.Combine(fixture.Directory, "log");

        ShimException error = await Failure.OfAsync(() => fixture.OpenAsync(stdout: "file://" + path));

        Assert.That((error.Code, error.Message), Is.EqualTo(
            (ShimErrorCode.ResourceExhausted, "no thread can be started for a file that is opened: resource exhausted")));
        Assert.That(File.Exists(path), Is.False);
    }

    [Test]
    public async Task Log_NoThreadToBeHadForAWhile_IsWrittenWhenThereIsOne()
    {
        bool fails = false;
        using StdioFixture fixture = new(adjust: services => services with
        {
            Lanes = new FileLanes(services.Time, services.Logger, thread =>
            {
                if (Volatile.Read(ref fails))
                {
                    throw new OutOfMemoryException();
                }

                thread.UnsafeStart();
            }),
        });
        string path = Path.Combine(fixture.Directory, "log");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: "file://" + path);
        await OsFixture.UntilAsync(() => CountWriters() == 0);
        Volatile.Write(ref fails, true);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo text");
        await watch.Exited.WaitAsync(Bound);
        await OsFixture.UntilAsync(() => stdio.Counters.Single().Taken > 0);
        await Task.Delay(2 * FileLane.ThreadRetry);
        Assert.That(File.ReadAllText(path), Is.Empty);

        Volatile.Write(ref fails, false);

        await OsFixture.UntilAsync(() => File.ReadAllText(path) == "text\n");
    }

    [Test]
    public async Task Logs_OnASlowDiskWithManyStreams_LetTheReactorAnswer()
    {
        using StdioFixture fixture = new(adjust: services => services with { DecorateTarget = static target => new SlowTarget(target) });
        List<IProcessStdio> all = [];
        List<IProcessWatch> watches = [];
        for (int number = 0; number < 4; number++)
        {
            string uri = $"file://{fixture.Directory}/log{number}?format=json";
            all.Add(await fixture.OpenAsync(stdout: uri, stderr: uri));
            watches.Add(await fixture.RunAsync(all[^1], "yes >&2 & a=$!; yes & sleep 0.5; kill $a $!; wait"));
        }

        for (int probe = 0; probe < 10; probe++)
        {
            await fixture.Os.Reactor.InvokeAsync(static () => { }).WaitAsync(TimeSpan.FromSeconds(5));
            await Task.Delay(50);
        }

        foreach ((IProcessStdio stdio, IProcessWatch watch) in all.Zip(watches))
        {
            await watch.Exited.WaitAsync(Bound);
            watch.Dispose();
            await stdio.DrainAsync(CancellationToken.None).WaitAsync(TimeSpan.FromSeconds(60));
            await stdio.DisposeAsync();
        }

        foreach (string log in Directory.GetFiles(fixture.Directory))
        {
            Assert.That(File.ReadLines(log).Any(static line => line.StartsWith("{\"log\":\"y\\n\"", StringComparison.Ordinal)), Is.True, log);
        }
    }

    [Test]
    public async Task Log_OnAnotherDisk_GoesOn()
    {
        using TinyDisk other = new("64k");
        using Gate gate = new();
        using StdioFixture fixture = new(adjust: services => services with
        {
            DecorateTarget = target => ((LogRotation)target).FilePath.StartsWith(other.Path, StringComparison.Ordinal) ? target : new Gate.Target(target, gate),
        });
        await using IProcessStdio stalled = await fixture.OpenAsync(stdout: $"file://{fixture.Directory}/log");
        gate.Close();
        using IProcessWatch watch = await fixture.RunAsync(stalled, "echo stalled");
        await OsFixture.UntilAsync(() => gate.Waiting > 0);

        string path = Path.Combine(other.Path, "log");
        await using (IProcessStdio stdio = await fixture.OpenAsync(stdout: "file://" + path))
        {
            await fixture.RunToEndAsync(stdio, "echo fine");
            Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo("fine\n"));
        }

        gate.Open();
    }

    [Test]
    public async Task Logs_OfOneDisk_ShareAThreadThatEndsWhenNothingIsToBeDone()
    {
        using Gate gate = new();
        using StdioFixture fixture = new(adjust: WithLogsOn(gate));
        List<IProcessStdio> all = [];
        for (int number = 0; number < 10; number++)
        {
            all.Add(await fixture.OpenAsync(stdout: $"file://{fixture.Directory}/log{number}"));
        }

        await OsFixture.UntilAsync(() => CountWriters() == 0);
        gate.Close();
        foreach (IProcessStdio stdio in all)
        {
            using IProcessWatch watch = await fixture.RunAsync(stdio, "echo text");
            await watch.Exited.WaitAsync(Bound);
        }

        await OsFixture.UntilAsync(() => all.Sum(static stdio => stdio.Counters.Single().Taken) == 10 * "text\n".Length);
        Assert.That(CountWriters(), Is.EqualTo(1));
        gate.Open();
        await OsFixture.UntilAsync(() => CountWriters() == 0);
        Assert.That(Directory.GetFiles(fixture.Directory).Select(File.ReadAllText), Has.All.EqualTo("text\n"));
        foreach (IProcessStdio stdio in all)
        {
            await stdio.DisposeAsync();
        }
    }

    [Test]
    public async Task Open_OnAStalledDisk_WaitsWithoutAThreadOfThePoolAndCanBeCancelled()
    {
        using Gate gate = new();
        using StdioFixture fixture = new(adjust: WithLogsOn(gate));
        gate.Close();
        using CancellationTokenSource cancel = new();
        StdioRequest request = new()
        {
            Paths = new StdioPaths { Stdout = $"file://{fixture.Directory}/log" },
            ProcessId = "id1",
            ContainerdNamespace = "ns1",
        };
        Task<IProcessStdio> open = fixture.Factory.OpenAsync(request, cancel.Token);
        await OsFixture.UntilAsync(() => gate.Waiting > 0);
        Assert.That(open.IsCompleted, Is.False);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => open.WaitAsync(Bound));

        gate.Open();
        await fixture.Factory.LogsWrittenAsync().WaitAsync(Bound);
    }

    [Test]
    public async Task FrozenFileSystem_HoldsUpNobodyAndTellsWhatIsMissing()
    {
        using FrozenDisk disk = new();
        using StdioFixture fixture = new();
        string path = Path.Combine(disk.Path, "log"), stdin = fixture.MakeFifo("in");
        IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: "file://" + path);
        disk.Freeze();
        using IProcessWatch watch = await fixture.RunAsync(stdio, $"seq 1 {Last}; read x; echo after");
        StreamCounters counters = stdio.Counters.Single();
        await OsFixture.UntilAsync(() => counters.Taken > 0);
        await RequireOthersGoOnAsync(fixture);
        await OsFixture.UntilAsync(() => counters.Taken == SizeOfOutput);
        disk.Thaw();
        await OsFixture.UntilAsync(() => File.ReadAllText(path).Contains("were lost", StringComparison.Ordinal));
        await StdioFixture.SendAsync(stdin, "\n");
        await watch.Exited.WaitAsync(Bound);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
        string[] lines = await File.ReadAllLinesAsync(path);
        Assert.That(lines[^1], Is.EqualTo("after"));
        Assert.That(lines[^2], Does.Contain($"{counters.Dropped} bytes of output in {counters.DroppedLines} lines were lost"));
        await stdio.DisposeAsync();
    }

    [Test]
    public async Task SpillFile_WhoseDiskStalls_HoldsUpNobodyAndWhatWaitsArrivesInOrder()
    {
        FakeTimeProvider time = new();
        using Gate gate = new();
        using StdioFixture fixture = new(time, new StdioOptions { SlowReader = SlowReaderPolicy.Spill }, services => services with
        {
            MakeSpillFile = (directory, size) => new Gate.Spill(SpillFile.Create(directory, size), gate),
        });
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        gate.Close();
        using IProcessWatch watch = await fixture.RunAsync(stdio, $"exec seq 1 {Last}");
        StreamCounters counters = stdio.Counters.Single();
        await OsFixture.UntilAsync(() => gate.Waiting > 0);
        await RequireOthersGoOnAsync(fixture);
        await UntilAsync(time, () => watch.Exited.IsCompleted);
        Task drained = stdio.DrainAsync(CancellationToken.None);
        gate.Open();
        string text = await StdioFixture.ReadAllAsync(StdioFixture.OpenReader(path));
        await drained.WaitAsync(Bound);

        Assert.That(counters.Dropped, Is.GreaterThan(0));
        Assert.That(text.Length + counters.Dropped, Is.EqualTo(SizeOfOutput));
        string[] lines = text.Split('\n');
        Assert.That(lines[..100_000], Is.EqualTo(Enumerable.Range(1, 100_000).Select(static number => number.ToString(CultureInfo.InvariantCulture))));
    }

    private static Func<StdioServices, StdioServices> WithLogsOn(Gate gate) =>
        services => services with { DecorateTarget = target => new Gate.Target(target, gate) };

    /// <summary>The exit of another process is seen, and a timer fires.</summary>
    private static async Task RequireOthersGoOnAsync(StdioFixture fixture)
    {
        using IProcessWatch other = fixture.Os.StartShell("exit 7");
        Assert.That((await other.Exited.WaitAsync(Bound)).ExitCode, Is.EqualTo(7));
        await Task.Delay(TimeSpan.FromMilliseconds(1), fixture.Os.Reactor.Time).WaitAsync(Bound);
    }

    private static Task UntilAsync(FakeTimeProvider time, Func<bool> condition) => OsFixture.UntilAsync(() =>
    {
        time.Advance(TimeSpan.FromMilliseconds(250));
        return condition();
    });

    /// <summary>A disk that takes a moment for every write.</summary>
    private sealed class SlowTarget(ILogTarget inner) : ILogTarget
    {
        public long MaxSize => inner.MaxSize;

        public long Size => inner.Size;

        public ContainerShim.Sdk.Linux.Interop.FileStatus Open() => inner.Open();

        public int Write(ReadOnlySpan<byte> bytes)
        {
            Thread.Sleep(5);
            return inner.Write(bytes);
        }

        public bool TakeBack(int bytes) => inner.TakeBack(bytes);

        public int Follow() => inner.Follow();

        public int Rotate() => inner.Rotate();

        public void Dispose() => inner.Dispose();
    }

    private static int CountWriters() => Directory.GetDirectories("/proc/self/task").Count(static task =>
    {
        try
        {
            return File.ReadAllText(task + "/comm") == "shim-files\n";
        }
        catch (IOException)
        {
            return false;
        }
    });
}
