using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Stdio;

internal sealed class PipedStdioTests
{
    private static readonly TimeSpan Bound = OsFixture.Bound;

    [Test]
    public async Task Output_LargeWithASlowReader_ArrivesByteForByteAndEnds()
    {
        using StdioFixture fixture = new();
        string path = fixture.MakeFifo("out");
        string file = Path.Combine(fixture.Directory, "data");
        byte[] data = RandomNumberGenerator.GetBytes(64 * 1024 * 1024);
        await File.WriteAllBytesAsync(file, data);
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, $"exec cat {file}");
        (long length, string hash) = await StdioFixture.HashAllAsync(StdioFixture.OpenReader(path));
        Assert.That(length, Is.EqualTo(data.Length));
        Assert.That(hash, Is.EqualTo(Convert.ToHexStringLower(SHA256.HashData(data))));
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
    }

    [Test]
    public async Task StdoutAndStderr_Both_ArriveWhereTheyBelong()
    {
        using StdioFixture fixture = new();
        string stdout = fixture.MakeFifo("out"), stderr = fixture.MakeFifo("err");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: stdout, stderr: stderr);
        SafeFd outReader = StdioFixture.OpenReader(stdout), errReader = StdioFixture.OpenReader(stderr);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo a; echo b >&2");
        Assert.That(await StdioFixture.ReadAllAsync(outReader), Is.EqualTo("a\n"));
        Assert.That(await StdioFixture.ReadAllAsync(errReader), Is.EqualTo("b\n"));
    }

    [Test]
    public async Task StdoutAndStderr_OnOneFifo_ShareIt()
    {
        using StdioFixture fixture = new();
        string path = fixture.MakeFifo("both");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path, stderr: path);
        SafeFd reader = StdioFixture.OpenReader(path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo a; echo b >&2");
        string text = await StdioFixture.ReadAllAsync(reader);
        Assert.That(text.Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EquivalentTo(new[] { "a", "b" }));
    }

    [TestCase("fifo")]
    [TestCase("file")]
    public async Task Reopen_OfStreamsThatWereNotKept_LeavesNothingOpen(string scheme)
    {
        using StdioFixture fixture = new();
        string path = scheme == "fifo" ? fixture.MakeFifo("out") : Path.Combine(fixture.Directory, "log");
        StdioFactory factory = new(fixture.Os.Reactor, fixture.Os.Spawner, fixture.Os.Reactor.Time, NullLogger.Instance, keeper: new NothingKept());
        StdioRequest request = new()
        {
            Paths = new StdioPaths { Stdout = $"{scheme}://{path}", Stderr = $"{scheme}://{path}" },
            ProcessId = "id1",
            ContainerdNamespace = "ns1",
        };

        await using (IProcessStdio stdio = await factory.ReopenAsync(request, CancellationToken.None))
        {
            Assert.That(stdio.Counters, Is.Empty);
            await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
        }

        // The fixture counts descriptors at its end.
        await factory.LogsWrittenAsync().WaitAsync(Bound);
    }

    [TestCase("out")]
    [TestCase("err")]
    [TestCase("in")]
    public async Task OneStream_Alone_WorksAndTheOthersAreNull(string which)
    {
        using StdioFixture fixture = new();
        string path = fixture.MakeFifo("fifo");
        await using IProcessStdio stdio = await fixture.OpenAsync(
            stdin: which == "in" ? path : "", stdout: which == "out" ? path : "", stderr: which == "err" ? path : "");
        if (which == "in")
        {
            using SafeFd writer = Libc.Open(path, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
            using IProcessWatch reads = await fixture.RunAsync(stdio, "read x; echo lost; test \"$x\" = word || exit 1");
            StdioFixture.Write(writer, "word\n"u8);
            Assert.That((await reads.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
            return;
        }

        SafeFd reader = StdioFixture.OpenReader(path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo out; echo err >&2; cat");
        Assert.That(await StdioFixture.ReadAllAsync(reader), Is.EqualTo(which + "\n"));
    }

    [Test]
    public async Task Stdin_OneMebibyteThroughCat_ComesBackExactly()
    {
        using StdioFixture fixture = new();
        string stdin = fixture.MakeFifo("in"), stdout = fixture.MakeFifo("out");
        byte[] data = RandomNumberGenerator.GetBytes(1024 * 1024);
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: stdout);
        Task<(long, string)> hash = StdioFixture.HashAllAsync(StdioFixture.OpenReader(stdout));
        using IProcessWatch watch = await fixture.RunAsync(stdio, "exec cat");
        await Task.Run(() =>
        {
            using SafeFd writer = Libc.Open(stdin, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
            StdioFixture.Write(writer, data);
        });
        Assert.That(watch.Exited.IsCompleted, Is.False, "the end of one writer reached the process before stdin was closed");
        stdio.CloseStdin();
        stdio.CloseStdin();
        Assert.That(await hash, Is.EqualTo((1024L * 1024, Convert.ToHexStringLower(SHA256.HashData(data)))));
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task CloseStdin_BeforeAttach_IsRemembered()
    {
        using StdioFixture fixture = new();
        string stdin = fixture.MakeFifo("in"), stdout = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: stdout);
        using (SafeFd writer = Libc.Open(stdin, OpenFlags.WriteOnly | OpenFlags.NonBlocking))
        {
            StdioFixture.Write(writer, "early\n"u8);
        }

        stdio.CloseStdin();
        SafeFd reader = StdioFixture.OpenReader(stdout);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "exec cat");
        Assert.That(await StdioFixture.ReadAllAsync(reader), Is.EqualTo("early\n"));
    }

    [Test]
    public async Task Stdin_ProcessThatStoppedReading_EndsTheRelay()
    {
        using StdioFixture fixture = new();
        string stdin = fixture.MakeFifo("in");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin);
        using SafeFd writer = Libc.Open(stdin, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "exit 3");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.EqualTo(3));
        await OsFixture.UntilAsync(() => Libc.Write(writer, "x"u8) == -Errno.EPIPE);
    }

    [Test]
    public async Task Reader_ThatDetachesAndComesBack_NeitherKillsNorEndsTheProcess()
    {
        using StdioFixture fixture = new();
        string stdin = fixture.MakeFifo("in"), stdout = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: stdout);
        using SafeFd writer = Libc.Open(stdin, OpenFlags.WriteOnly | OpenFlags.NonBlocking);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "while read x; do echo got $x; done");
        byte[] buffer = new byte[100];
        for (int i = 0; i < 20; i++)
        {
            using SafeFd reader = StdioFixture.OpenReader(stdout);
            StdioFixture.Write(writer, "1\n"u8);
            Assert.That(StdioFixture.Read(reader, buffer), Is.EqualTo(6));
            reader.Dispose();
            StdioFixture.Write(writer, "2\n"u8);
            using SafeFd second = StdioFixture.OpenReader(stdout);
            Assert.That(StdioFixture.Read(second, buffer), Is.EqualTo(6));
        }

        stdio.CloseStdin();
        writer.Dispose();
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Reader_ThatComesAfterTheExit_GetsEverythingAndTheEnd()
    {
        using StdioFixture fixture = new();
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo late");
        await watch.Exited.WaitAsync(Bound);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);

        // An open that would block for ever if the writing end were closed.
        SafeFd reader = await Task.Run(() => Libc.Open(path, OpenFlags.ReadOnly)).WaitAsync(Bound);
        Assert.That(await StdioFixture.ReadAllAsync(reader), Is.EqualTo("late\n"));
    }

    [Test]
    public async Task Reader_ThatComesAfterTheExit_FindsTheEndOfTheEmptyStreamToo()
    {
        FakeTimeProvider time = new();
        using StdioFixture fixture = new(time);
        string stdout = fixture.MakeFifo("out");
        string stderr = fixture.MakeFifo("err");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: stdout, stderr: stderr);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo late");
        await watch.Exited.WaitAsync(Bound);
        Task drain = stdio.DrainAsync(CancellationToken.None);
        SafeFd first = StdioFixture.OpenReader(stdout);
        Assert.That(await StdioFixture.ReadAllAsync(first), Is.EqualTo("late\n"));
        await Task.Delay(50);
        Assert.That(drain.IsCompleted, Is.False, "the FIFO of stderr was given up between the two opens of its reader");
        SafeFd second = StdioFixture.OpenReader(stderr);
        Assert.That(await StdioFixture.ReadAllAsync(second), Is.Empty);
        await drain.WaitAsync(Bound);
    }

    [Test]
    public async Task Reader_ThatComesAfterTheExitForOneStreamOnly_DoesNotHoldUpTheDrain()
    {
        FakeTimeProvider time = new();
        using StdioFixture fixture = new(time);
        string stdout = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: stdout, stderr: fixture.MakeFifo("err"));
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo late");
        await watch.Exited.WaitAsync(Bound);
        Task drain = stdio.DrainAsync(CancellationToken.None);
        Assert.That(await StdioFixture.ReadAllAsync(StdioFixture.OpenReader(stdout)), Is.EqualTo("late\n"));
        await OsFixture.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromMilliseconds(100));
            return drain.IsCompleted;
        });
    }

    [Test]
    public async Task Reader_ThatIsThereAtTheExit_SeesTheEndBeforeDisposal()
    {
        using StdioFixture fixture = new();
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        SafeFd reader = StdioFixture.OpenReader(path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "exit 0");
        Assert.That(await StdioFixture.ReadAllAsync(reader), Is.Empty);
    }

    [Test]
    public async Task NoReader_Disposal_DoesNotWait()
    {
        using StdioFixture fixture = new();
        IProcessStdio stdio = await fixture.OpenAsync(stdout: fixture.MakeFifo("out"));
        using IProcessWatch watch = await fixture.RunAsync(stdio, "exec cat /dev/zero");
        watch.Signal(9);
        await watch.Exited.WaitAsync(Bound);
        using CancellationTokenSource budget = new(TimeSpan.FromMilliseconds(50));
        await stdio.DrainAsync(budget.Token).WaitAsync(Bound);
        await stdio.DisposeAsync().AsTask().WaitAsync(Bound);
        await stdio.DisposeAsync().AsTask().WaitAsync(Bound);
    }

    [Test]
    public async Task Drain_GrandchildThatHoldsThePipe_EndsWithAllOutputOfTheProcess()
    {
        using StdioFixture fixture = new();
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        SafeFd reader = StdioFixture.OpenReader(path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "sleep 100 & echo $!");
        await watch.Exited.WaitAsync(Bound);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
        string text = await StdioFixture.ReadAllAsync(reader);
        Libc.KillChild(int.Parse(text, CultureInfo.InvariantCulture), 9);
    }

    [Test]
    public async Task Drain_GrandchildThatWritesOnAndOn_Ends()
    {
        using StdioFixture fixture = new();
        string path = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        Task<(long Length, string Hash)> hash = StdioFixture.HashAllAsync(StdioFixture.OpenReader(path));
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo first; cat /dev/zero & exit 0");
        await watch.Exited.WaitAsync(Bound);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
        Assert.That((await hash).Length, Is.GreaterThanOrEqualTo("first\n".Length));
    }

    [Test]
    public async Task Dispose_BeforeAttach_ClosesEverything()
    {
        using StdioFixture fixture = new();
        IProcessStdio stdio = await fixture.OpenAsync(fixture.MakeFifo("in"), fixture.MakeFifo("out"), fixture.MakeFifo("err"));
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
        await stdio.DisposeAsync();
        await stdio.AttachAsync(CancellationToken.None);
    }

    [Test]
    public async Task RegularFile_AsAPlainPath_IsAppendedTo()
    {
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "log");
        await File.WriteAllTextAsync(path, "before\n");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: path);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo after");
        await watch.Exited.WaitAsync(Bound);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
        Assert.That(await File.ReadAllTextAsync(path), Is.EqualTo("before\nafter\n"));
    }

    [Test]
    public async Task RegularFile_AsStdin_IsRead()
    {
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "input"), stdout = fixture.MakeFifo("out");
        await File.WriteAllTextAsync(path, "text");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: path, stdout: stdout);
        SafeFd reader = StdioFixture.OpenReader(stdout);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "exec cat");
        Assert.That(await StdioFixture.ReadAllAsync(reader), Is.EqualTo("text"));
    }

    [Test]
    public async Task LogFile_Uri_TakesBothStreamsInADirectoryThatIsMade()
    {
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "a/b c/log");
        string uri = "file://" + path.Replace(" ", "%20", StringComparison.Ordinal);
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: uri, stderr: uri);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo a; echo b >&2");
        await watch.Exited.WaitAsync(Bound);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
        Assert.That((await File.ReadAllTextAsync(path)).Split('\n', StringSplitOptions.RemoveEmptyEntries), Is.EquivalentTo(new[] { "a", "b" }));
    }

    [Test]
    public async Task LogFile_FullDisk_DoesNotHoldTheProcessUp()
    {
        using StdioFixture fixture = new();
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: "/dev/full");
        using IProcessWatch watch = await fixture.RunAsync(stdio, "head -c 3000000 /dev/zero");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task LogFile_ThatIsASymbolicLink_IsRefused()
    {
        using StdioFixture fixture = new();
        string path = Path.Combine(fixture.Directory, "log");
        File.CreateSymbolicLink(path, "/dev/null");
        Assert.That(async () => await fixture.OpenAsync(stdout: "file://" + path), Throws.TypeOf<ShimException>().With.Message.Contains("too many levels"));
    }

    [TestCase("out")]
    [TestCase("in")]
    public void Fifo_ThatIsASymbolicLink_IsRefused(string which)
    {
        using StdioFixture fixture = new();
        string link = Path.Combine(fixture.Directory, "link");
        File.CreateSymbolicLink(link, fixture.MakeFifo("fifo"));
        Assert.That(
            async () => await fixture.OpenAsync(stdin: which == "in" ? link : "", stdout: which == "out" ? link : ""),
            Throws.TypeOf<ShimException>().With.Message.Contains("too many levels"));
    }

    [Test]
    public void MissingFifo_Text_IsThatOfContainerd()
    {
        using StdioFixture fixture = new();
        Assert.That(
            async () => await fixture.OpenAsync(stdout: "/nope/fifo", stderr: "/nope/fifo"),
            Throws.TypeOf<ShimException>().With.Message.EqualTo(
                "failed to start io pipe copy: unable to copy pipes: containerd-shim: opening file \"/nope/fifo\" failed: open /nope/fifo: no such file or directory")
                .And.Property("Code").EqualTo(ShimErrorCode.Unknown));
    }

    [Test]
    public void MissingSecondFifo_Always_LeavesNothingOpen()
    {
        using StdioFixture fixture = new();
        string path = fixture.MakeFifo("out");
        Assert.That(async () => await fixture.OpenAsync(stdout: path, stderr: "/nope/fifo"), Throws.TypeOf<ShimException>());
        Assert.That(async () => await fixture.OpenAsync(stdin: "/nope/fifo", stdout: path), Throws.TypeOf<ShimException>());
    }

    [Test]
    public void UnknownScheme_Text_IsThatOfContainerd()
    {
        using StdioFixture fixture = new();
        Assert.That(
            async () => await fixture.OpenAsync(stdout: "ftp://host/path"),
            Throws.TypeOf<ShimException>().With.Message.EqualTo("failed to create init process I/O: unknown STDIO scheme ftp"));
    }

    [Test]
    public async Task NoStream_Always_IsNull()
    {
        using StdioFixture fixture = new();
        await using IProcessStdio stdio = await fixture.OpenAsync();
        using IProcessWatch watch = await fixture.RunAsync(stdio, "test /proc/self/fd/1 -ef /dev/null");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.Zero);
    }

    [Test]
    public async Task Idle_Streams_CostNoTime()
    {
        using StdioFixture fixture = new();
        string stdin = fixture.MakeFifo("in"), stdout = fixture.MakeFifo("out"), stderr = fixture.MakeFifo("err");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin, stdout, stderr);
        using SafeFd reader = StdioFixture.OpenReader(stdout);
        using IProcessWatch watch = await fixture.RunAsync(stdio, "echo; exec sleep 100");
        StdioFixture.Read(reader, new byte[1]);

        // One FIFO without a reader and full, too: the process that fills it waits.
        await using IProcessStdio full = await fixture.OpenAsync(stdout: fixture.MakeFifo("full"));
        using IProcessWatch busy = await fixture.RunAsync(full, "exec cat /dev/zero");
        await OsFixture.UntilAsync(() => OsFixture.StateOf(busy.Pid) is 'S');
        TimeSpan before = ReactorTime();
        await Task.Delay(300);
        Assert.That(ReactorTime() - before, Is.LessThanOrEqualTo(TimeSpan.FromMilliseconds(20)));
        watch.Signal(9);
        busy.Signal(9);
        await Task.WhenAll(watch.Exited, busy.Exited).WaitAsync(Bound);
    }

    [Test]
    public async Task EndedProcesses_WhoseOutputNobodyReads_WakeNobodyUp()
    {
        const int Count = 20;
        using StdioFixture fixture = new();
        List<IProcessStdio> abandoned = [];
        for (int number = 0; number < Count; number++)
        {
            IProcessStdio stdio = await fixture.OpenAsync(stdout: fixture.MakeFifo($"out{number}"));
            abandoned.Add(stdio);
            using IProcessWatch watch = await fixture.RunAsync(stdio, "echo text");
            await watch.Exited.WaitAsync(Bound);
        }

        await OsFixture.UntilAsync(() => abandoned.Sum(static stdio => stdio.Counters.Single().Taken) == Count * "text\n".Length);
        long before = ReactorWakeUps();
        await Task.Delay(500);
        Assert.That(ReactorWakeUps() - before, Is.LessThan(Count));

        // It would block for ever if the writing end were closed, and it would have no end if it were never closed.
        SafeFd reader = await Task.Run(() => Libc.Open(Path.Combine(fixture.Directory, "out7"), OpenFlags.ReadOnly)).WaitAsync(Bound);
        Assert.That(await StdioFixture.ReadAllAsync(reader), Is.EqualTo("text\n"));
        foreach (IProcessStdio stdio in abandoned)
        {
            await stdio.DisposeAsync();
        }
    }

    /// <summary>How often the reactors' threads of this process have waited.</summary>
    private static long ReactorWakeUps() => ReactorThreads().Sum(static task =>
        File.ReadLines(task + "/status").Where(static line => line.StartsWith("voluntary_ctxt_switches", StringComparison.Ordinal))
            .Sum(static line => long.Parse(line.Split(':')[1], CultureInfo.InvariantCulture)));

    private static string[] ReactorThreads()
    {
        string[] threads = [.. Directory.GetDirectories("/proc/self/task").Where(static task => File.ReadAllText(task + "/comm") == "shim-reactor\n")];
        Assert.That(threads, Is.Not.Empty, "the reactor's thread has another name");
        return threads;
    }

    /// <summary>Processor time of the reactors' threads of this process.</summary>
    internal static TimeSpan ReactorTime()
    {
        long ticks = 0;
        foreach (string task in ReactorThreads())
        {
            string line = File.ReadAllText(task + "/stat");
            string[] fields = line[(line.LastIndexOf(')') + 2)..].Split(' ');
            ticks += long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        }

        return TimeSpan.FromMilliseconds(ticks * 10);
    }

    private sealed class NothingKept : IStreamKeeper
    {
        public void Keep(string key, IReadOnlyList<(StreamKind Kind, SafeHandle Stream)> streams)
        {
        }

        public void Drop(string key, StreamKind kinds)
        {
        }

        public Task<KeptStreams> TakeBackAsync(string key, CancellationToken cancellationToken) => Task.FromResult(new KeptStreams(0, []));
    }
}
