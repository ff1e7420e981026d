using System.Text;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Stdio;

/// <summary>Streams at the pipes of real processes.</summary>
internal sealed class StreamStdioTests
{
    [Test]
    public async Task Output_HeldByAGrandchild_EndsWithTheDrain()
    {
        using Site site = new();
        (ProcessStreams streams, IProcessStdio stdio) = await site.OpenAsync(ContainerStdio.OutputStreams);
        IProcessWatch watch = await site.RunAsync(stdio, "sleep 60 & echo $!; exit 0");
        await watch.Exited.WaitAsync(OsFixture.Bound);
        Task<string> read = ReadAllAsync(streams.Output!);
        await stdio.DrainAsync(CancellationToken.None);

        string text = await read;
        site.Kill(int.Parse(text, System.Globalization.CultureInfo.InvariantCulture));
        Assert.That(text, Does.EndWith("\n"));
        await stdio.DisposeAsync();
        streams.Dispose();
    }

    [Test]
    public async Task Output_AfterTheStdioIsDisposed_IsStillRead()
    {
        using Site site = new();
        (ProcessStreams streams, IProcessStdio stdio) = await site.OpenAsync(ContainerStdio.OutputStreams);
        IProcessWatch watch = await site.RunAsync(stdio, "echo out; echo err >&2");
        await watch.Exited.WaitAsync(OsFixture.Bound);
        await stdio.DisposeAsync();

        Assert.That(await ReadAllAsync(streams.Output!), Is.EqualTo("out\n"));
        Assert.That(await ReadAllAsync(streams.Error!), Is.EqualTo("err\n"));
        Assert.That(await streams.Output!.ReadAsync(new byte[1]), Is.Zero);
        streams.Dispose();
    }

    [Test]
    public async Task Output_NeitherReadNorDisposedOf_HoldsNoDescriptorAfterTheRemoval()
    {
        ProcessStreams streams;
        using (Site site = new())
        {
            (streams, IProcessStdio stdio) = await site.OpenAsync(ContainerStdio.Streams);
            IProcessWatch watch = await site.RunAsync(stdio, "head -c 200000 /dev/zero; echo err >&2");
            await watch.Exited.WaitAsync(OsFixture.Bound);
            await stdio.DrainAsync(CancellationToken.None);
            await stdio.DisposeAsync();
            Assert.That(site.Table.Find(streams.Paths), Is.Null);
            site.DemandNoDescriptors();
        }

        Assert.That(await ReadAllAsync(streams.Output!), Has.Length.EqualTo(200000), "it is in memory");
        Assert.That(await ReadAllAsync(streams.Error!), Is.EqualTo("err\n"));
    }

    [Test]
    public async Task Output_ReadWhileItsProcessIsRemoved_IsWholeAndEnds()
    {
        for (int i = 0; i < 50; i++)
        {
            using Site site = new();
            (ProcessStreams streams, IProcessStdio stdio) = await site.OpenAsync(ContainerStdio.OutputStreams);
            IProcessWatch watch = await site.RunAsync(stdio, "echo 1; echo 2; echo 3");
            Task<string> read = ReadAllAsync(streams.Output!);
            await watch.Exited.WaitAsync(OsFixture.Bound);
            await stdio.DisposeAsync();
            Assert.That(await read, Is.EqualTo("1\n2\n3\n"));
        }
    }

    [Test]
    public async Task Input_Disposed_IsTheEndOfInput()
    {
        using Site site = new();
        (ProcessStreams streams, IProcessStdio stdio) = await site.OpenAsync(ContainerStdio.Streams);
        IProcessWatch watch = await site.RunAsync(stdio, "cat; echo end");
        await streams.Input!.WriteAsync("text "u8.ToArray());
        await streams.Input!.DisposeAsync();

        Assert.That(await ReadAllAsync(streams.Output!), Is.EqualTo("text end\n"));
        await watch.Exited.WaitAsync(OsFixture.Bound);
        await stdio.DisposeAsync();
        streams.Dispose();
    }

    [Test]
    public async Task Write_ToAFullPipe_WaitsAndCanBeCancelled()
    {
        using Site site = new();
        (ProcessStreams streams, IProcessStdio stdio) = await site.OpenAsync(ContainerStdio.Streams);
        using CancellationTokenSource cancel = new();
        Task write = streams.Input!.WriteAsync(new byte[4 << 20], cancel.Token).AsTask();
        Assert.That(write.IsCompleted, Is.False);
        await cancel.CancelAsync();
        await Assert.ThrowsAsync(Is.InstanceOf<OperationCanceledException>(), () => write.WaitAsync(OsFixture.Bound));
        await stdio.DisposeAsync();
        streams.Dispose();
    }

    [Test]
    public async Task Read_SecondAtATime_IsRefused()
    {
        using Site site = new();
        (ProcessStreams streams, IProcessStdio stdio) = await site.OpenAsync(ContainerStdio.OutputStreams);
        Task<int> first = streams.Output!.ReadAsync(new byte[1]).AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(() => streams.Output!.ReadAsync(new byte[1]).AsTask());
        streams.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => first.WaitAsync(OsFixture.Bound));
        await stdio.DisposeAsync();
    }

    [Test]
    public async Task Table_Disposed_ClosesAllAndMakesNoMore()
    {
        using Site site = new();
        (ProcessStreams streams, IProcessStdio stdio) = await site.OpenAsync(ContainerStdio.Streams);
        site.Table.Dispose();
        await Assert.ThrowsAsync<ObjectDisposedException>(() => streams.Output!.ReadAsync(new byte[1]).AsTask());
        Assert.That(() => site.Table.Add(ContainerStdio.Streams), Throws.InstanceOf<ObjectDisposedException>());
        Assert.That(site.Table.Find(streams.Paths), Is.Null);
        await stdio.DisposeAsync();
    }

    private static async Task<string> ReadAllAsync(Stream stream)
    {
        using MemoryStream all = new();
        await stream.CopyToAsync(all).WaitAsync(OsFixture.Bound);
        return Encoding.UTF8.GetString(all.ToArray());
    }

    /// <summary>A factory on a real reactor; at the end no descriptor may be left.</summary>
    private sealed class Site : IDisposable
    {
        private readonly int _before = OsFixture.CountDescriptors();
        private readonly OsFixture _os = new();
        private readonly StreamStdioFactory _factory;
        private readonly int _withoutStreams;

        public Site()
        {
            _withoutStreams = OsFixture.CountDescriptors();
            Table = new StreamTable(_os.Reactor, _os.Reactor.Time);
            StdioFactory others = new(_os.Reactor, _os.Spawner, _os.Reactor.Time, NullLogger.Instance);
            _factory = new StreamStdioFactory(others, Table, _os.Reactor, _os.Reactor.Time);
        }

        public StreamTable Table { get; }

        public async Task<(ProcessStreams Streams, IProcessStdio Stdio)> OpenAsync(ContainerStdio wanted)
        {
            ProcessStreams streams = Table.Add(wanted);
            StdioRequest request = new() { Paths = streams.Paths, ProcessId = "id1", ContainerdNamespace = "ns1" };
            return (streams, await _factory.OpenAsync(request, CancellationToken.None));
        }

        public async Task<IProcessWatch> RunAsync(IProcessStdio stdio, string script)
        {
            IProcessWatch watch = _os.Spawner.Spawn(OsFixture.Shell(script) with
            {
                Stdin = stdio.ChildEnds.Stdin,
                Stdout = stdio.ChildEnds.Stdout,
                Stderr = stdio.ChildEnds.Stderr,
            });
            await stdio.AttachAsync(CancellationToken.None);
            return watch;
        }

        public void Kill(int pid)
        {
            using IProcessWatch watch = _os.Monitor.Watch(pid);
            watch.Signal(9);
        }

        public void DemandNoDescriptors() => Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(_withoutStreams), "descriptors of streams are left");

        public void Dispose()
        {
            Table.Dispose();
            _os.Dispose();
            Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(_before), "descriptors are left");
        }
    }
}
