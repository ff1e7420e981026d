using System.Diagnostics;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Tests.Stdio;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Consoles;

internal sealed class ConsoleStdioTests
{
    private static readonly TimeSpan Bound = OsFixture.Bound;

    /// <summary>After so long without room there will be none before somebody reads.</summary>
    private static readonly TimeSpan _stuck = TimeSpan.FromMilliseconds(300);

    [Test]
    public async Task Output_ManyLinesThenExit_ArrivesToTheLastByte()
    {
        using StdioFixture fixture = new();
        string stdout = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: stdout, terminal: true);
        Task<string> text = StdioFixture.ReadAllAsync(StdioFixture.OpenReader(stdout));
        using IProcessWatch watch = await RunAsync(fixture, stdio, "stty -opost; seq 20000; printf end; exit 23");
        Assert.That((await watch.Exited.WaitAsync(Bound)).ExitCode, Is.EqualTo(23));
        stdio.NoteExit();
        Assert.That(await text, Is.EqualTo(string.Concat(Enumerable.Range(1, 20000).Select(static i => i + "\n")) + "end"));
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
    }

    [Test]
    public async Task Input_Lines_ReachTheProcessAndCloseStdinLeavesTheTerminalOpen()
    {
        using StdioFixture fixture = new();
        string stdin = fixture.MakeFifo("in"), stdout = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdin: stdin, stdout: stdout, terminal: true);
        SafeFd reader = StdioFixture.OpenReader(stdout);
        using IProcessWatch watch = await RunAsync(fixture, stdio, "stty -echo -opost; echo ready; read x; echo got $x; exec sleep 100");
        byte[] buffer = new byte[100];
        Assert.That(StdioFixture.Read(reader, buffer), Is.EqualTo(6));
        using (SafeFd writer = Libc.Open(stdin, OpenFlags.WriteOnly | OpenFlags.NonBlocking))
        {
            StdioFixture.Write(writer, "hello\n"u8);
        }

        Assert.That(StdioFixture.Read(reader, buffer), Is.EqualTo("got hello\n".Length));
        stdio.CloseStdin();
        watch.Signal(0);
        watch.Signal(9);
        await watch.Exited.WaitAsync(Bound);
        stdio.NoteExit();
        Assert.That(await StdioFixture.ReadAllAsync(reader), Is.Empty);
    }

    [Test]
    public async Task Slave_ClosedAndOpenedAgainByALiveProcess_GoesOnAndDoesNotSpin()
    {
        FakeTimeProvider time = new();
        using StdioFixture fixture = new(time);
        using FakeTerminal terminal = new();
        string stdout = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: stdout, terminal: true);
        using SafeFd reader = StdioFixture.OpenReader(stdout);
        await AttachAsync(stdio, terminal);
        byte[] buffer = new byte[100];
        using (SafeFd slave = terminal.OpenSlave())
        {
            StdioFixture.Write(slave, "one"u8);
            Assert.That(StdioFixture.Read(reader, buffer), Is.EqualTo(3));
        }

        TimeSpan before = PipedStdioTests.ReactorTime();
        await Task.Delay(200);
        Assert.That(PipedStdioTests.ReactorTime() - before, Is.LessThanOrEqualTo(TimeSpan.FromMilliseconds(20)));
        using (SafeFd slave = terminal.OpenSlave())
        {
            StdioFixture.Write(slave, "two"u8);
            await OsFixture.UntilAsync(() =>
            {
                time.Advance(TimeSpan.FromMilliseconds(250));
                return Libc.Read(reader, buffer) == 3;
            });
        }

        stdio.NoteExit();
        Assert.That(StdioFixture.Read(reader, buffer), Is.Zero);
    }

    [TestCase(SlowReaderPolicy.Block)]
    [TestCase(SlowReaderPolicy.DropOldest)]
    [TestCase(SlowReaderPolicy.Spill)]
    public async Task Slave_ClosedWhileTheFifoWasFull_DeliversTheRestAndDoesNotSpin(SlowReaderPolicy policy)
    {
        // More than a FIFO holds; how much of it the FIFO and the terminal take depends on the pieces that it comes in.
        const int Most = 128 * 1024;
        using StdioFixture fixture = new(options: new StdioOptions { SlowReader = policy });
        using FakeTerminal terminal = new();
        string stdout = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: stdout, terminal: true);
        using SafeFd reader = StdioFixture.OpenReader(stdout);
        await AttachAsync(stdio, terminal);
        int size = 0;
        using (SafeFd slave = terminal.OpenSlave())
        {
            Libc.SetNonBlocking(slave);
            byte[] bytes = Enumerable.Repeat((byte)'x', Most).ToArray();
            for (long last = Stopwatch.GetTimestamp(); size < Most && Stopwatch.GetElapsedTime(last) < _stuck;)
            {
                int count = Libc.Write(slave, bytes.AsSpan(size));
                if (count > 0)
                {
                    size += count;
                    last = Stopwatch.GetTimestamp();
                }
            }
        }

        Assert.That(size, policy == SlowReaderPolicy.Block ? Is.LessThan(Most) : Is.EqualTo(Most));
        byte[] buffer = new byte[Most];
        int taken = 0;
        await OsFixture.UntilAsync(() => (taken += Math.Max(0, Libc.Read(reader, buffer))) == size);
        TimeSpan before = PipedStdioTests.ReactorTime();
        await Task.Delay(300);

        Assert.That(PipedStdioTests.ReactorTime() - before, Is.LessThanOrEqualTo(TimeSpan.FromMilliseconds(20)));
        stdio.NoteExit();
        Assert.That(StdioFixture.Read(reader, buffer), Is.Zero);
    }

    [Test]
    public async Task Drain_GrandchildThatHoldsTheTerminal_EndsWithAllOutput()
    {
        using StdioFixture fixture = new();
        using FakeTerminal terminal = new();
        string stdout = fixture.MakeFifo("out");
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: stdout, terminal: true);
        SafeFd reader = StdioFixture.OpenReader(stdout);
        await AttachAsync(stdio, terminal);
        using SafeFd slave = terminal.OpenSlave();
        StdioFixture.Write(slave, "tail"u8);
        await stdio.DrainAsync(CancellationToken.None).WaitAsync(Bound);
        Assert.That(await StdioFixture.ReadAllAsync(reader), Is.EqualTo("tail"));
    }

    [Test]
    public async Task Resize_BeforeAndAfterAttach_SetsTheSize()
    {
        using StdioFixture fixture = new();
        using FakeTerminal terminal = new();
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: fixture.MakeFifo("out"), terminal: true);
        stdio.Resize(80, 25);
        await AttachAsync(stdio, terminal);
        Assert.That(FakeTerminal.SizeOf(terminal.Master), Is.EqualTo(((ushort)80, (ushort)25)));
        stdio.Resize(100_000, 40);
        Assert.That(FakeTerminal.SizeOf(terminal.Master), Is.EqualTo((ushort.MaxValue, (ushort)40)));
    }

    [Test]
    public async Task Socket_Directory_IsPrivateShortAndRemoved()
    {
        using StdioFixture fixture = new();
        using FakeTerminal terminal = new();
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: fixture.MakeFifo("out"), terminal: true);
        string socket = stdio.ChildEnds.ConsoleSocket!;
        string directory = Path.GetDirectoryName(socket)!;
        Assert.That(socket, Has.Length.LessThanOrEqualTo(107));
        Assert.That(File.GetUnixFileMode(directory), Is.EqualTo(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute));
        await AttachAsync(stdio, terminal);
        Assert.That(Directory.Exists(directory), Is.False);
    }

    [TestCase(2)]
    [TestCase(0)]
    [TestCase(40)]
    public async Task Attach_MessageWithoutExactlyOneDescriptor_FailsAndClosesAll(int count)
    {
        using StdioFixture fixture = new();
        using FakeTerminal terminal = new();
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: fixture.MakeFifo("out"), terminal: true);
        FakeTerminal.Send(stdio.ChildEnds.ConsoleSocket!, [.. Enumerable.Repeat(terminal.Master, count)]);
        Assert.That(async () => await stdio.AttachAsync(CancellationToken.None).WaitAsync(Bound), Throws.TypeOf<ShimException>().With.Message.Contains("instead of one console"));
    }

    [Test]
    public async Task Attach_DescriptorThatIsNoTerminal_Fails()
    {
        using StdioFixture fixture = new();
        using SafeFd file = Libc.Open("/etc/passwd", OpenFlags.ReadOnly);
        await using IProcessStdio stdio = await fixture.OpenAsync(stdout: fixture.MakeFifo("out"), terminal: true);
        FakeTerminal.Send(stdio.ChildEnds.ConsoleSocket!, file);
        Assert.That(async () => await stdio.AttachAsync(CancellationToken.None).WaitAsync(Bound), Throws.TypeOf<ShimException>().With.Message.Contains("no console"));
    }

    [Test]
    public async Task Attach_NobodyConnects_FailsWithinItsBound()
    {
        FakeTimeProvider time = new();
        using StdioFixture fixture = new(time);
        await using IProcessStdio stdio = await fixture.OpenAsync(terminal: true);
        Task attach = stdio.AttachAsync(CancellationToken.None);
        await OsFixture.UntilAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(1));
            return attach.IsCompleted;
        });
        Assert.That(async () => await attach, Throws.TypeOf<ShimException>().With.Property("Code").EqualTo(ShimErrorCode.DeadlineExceeded));
    }

    [Test]
    public async Task Attach_Canceled_LeavesNothing()
    {
        using StdioFixture fixture = new();
        await using IProcessStdio stdio = await fixture.OpenAsync(terminal: true);
        using CancellationTokenSource cancel = new();
        Task attach = stdio.AttachAsync(cancel.Token);
        await cancel.CancelAsync();
        Assert.That(async () => await attach.WaitAsync(Bound), Throws.InstanceOf<OperationCanceledException>());
    }

    [Test]
    public async Task Dispose_BeforeAttach_RemovesTheSocket()
    {
        using StdioFixture fixture = new();
        IProcessStdio stdio = await fixture.OpenAsync(fixture.MakeFifo("in"), fixture.MakeFifo("out"), terminal: true);
        string directory = Path.GetDirectoryName(stdio.ChildEnds.ConsoleSocket)!;
        await stdio.DisposeAsync();
        Assert.That(Directory.Exists(directory), Is.False);
    }

    private static async Task AttachAsync(IProcessStdio stdio, FakeTerminal terminal)
    {
        FakeTerminal.Send(stdio.ChildEnds.ConsoleSocket!, terminal.Master);
        await stdio.AttachAsync(CancellationToken.None).WaitAsync(Bound);
    }

    private static async Task<IProcessWatch> RunAsync(StdioFixture fixture, IProcessStdio stdio, string script)
    {
        using FakeTerminal terminal = new();
        using SafeFd slave = terminal.OpenSlave();
        IProcessWatch watch = fixture.Os.Spawner.Spawn(OsFixture.Shell(script) with { Stdin = slave, Stdout = slave, Stderr = slave });
        await AttachAsync(stdio, terminal);
        return watch;
    }
}
