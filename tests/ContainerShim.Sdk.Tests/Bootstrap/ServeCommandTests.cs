using System.Diagnostics;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Protocol.Task;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf;
using Grpc.Core;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal sealed class ServeCommandTests
{
    private const int SigHup = 1;
    private const int SigInt = 2;
    private const int SigUsr1 = 10;
    private const int SigUsr2 = 12;
    private const int SigPipe = 13;
    private const int SigTerm = 15;

    private ShimFixture _shim = null!;

    [SetUp]
    public void MakeFixture() => _shim = new ShimFixture();

    [TearDown]
    public void DisposeFixture() => _shim.Dispose();

    [TestCase("containerd.task.v2.Task")]
    [TestCase("containerd.task.v3.Task")]
    public async Task Serve_BothNamesOfTheService_Answer(string service)
    {
        (TtrpcChannel channel, int pid) = await _shim.ServeAsync("c1");
        await using (channel)
        {
            Method<ConnectRequest, ConnectResponse> connect = new(
                MethodType.Unary, service, "Connect", MarshallerOf(ConnectRequest.Parser), MarshallerOf(ConnectResponse.Parser));
            ConnectResponse response = await channel.CreateCallInvoker()
                .AsyncUnaryCall(connect, null, default, new ConnectRequest { Id = "c1" }).ResponseAsync.WaitAsync(OsFixture.Bound);
            Assert.That(response, Is.EqualTo(new ConnectResponse { ShimPid = (uint)pid }));
        }
    }

    [Test]
    public async Task Serve_OnSeveralProcessors_HasOneSocketThread()
    {
        (TtrpcChannel channel, int pid) = await _shim.ServeAsync("c1");
        await using (channel)
        {
            string[] threads = [.. Directory.EnumerateDirectories($"/proc/{pid}/task").Select(static task => File.ReadAllText(task + "/comm").Trim())];
            Assert.That(threads, Has.Exactly(1).EqualTo(".NET Sockets"), string.Join(", ", threads));
        }
    }

    [Test]
    public async Task Serve_UnknownTask_IsAnsweredNotFound()
    {
        (TtrpcChannel channel, _) = await _shim.ServeAsync("c1");
        await using (channel)
        {
            RpcException failure = (await Assert.ThrowsAsync<RpcException>(
                () => new WireTask.TaskClient(channel).StateAsync(new StateRequest { Id = "c1" }).ResponseAsync.WaitAsync(OsFixture.Bound)))!;
            Assert.That(failure.StatusCode, Is.EqualTo(StatusCode.NotFound));
        }
    }

    [TestCase(SigTerm)]
    [TestCase(SigInt)]
    public async Task Serve_TerminatingSignal_EndsWithZeroAndRemovesTheSocket(int signal)
    {
        _shim.MakeBundle("c1");
        string socket = _shim.Directory["direct"];
        using Process process = _shim.Launch(_shim.BundleOf("c1"), _shim.Arguments("c1", "-socket", "unix://" + socket));
        await OsFixture.UntilAsync(() => Libc.KindOf(socket) == FileKind.Socket);
        (TtrpcChannel channel, int pid) = await _shim.ConnectAsync(socket);
        await using (channel)
        {
            Assert.That(pid, Is.EqualTo(process.Id));
            ShimFixture.Signal(pid, signal);
            await process.WaitForExitAsync().WaitAsync(OsFixture.Bound);
            Assert.That(process.ExitCode, Is.Zero);
            Assert.That(Libc.KindOf(socket), Is.EqualTo(FileKind.None));
        }
    }

    [TestCase(SigTerm)]
    [TestCase(SigInt)]
    public async Task Serve_TerminatingSignalWhileContainersAreTakenOver_EndsWithZeroAndRemovesTheSocket(int signal)
    {
        using HungAdoption adoption = new(_shim, "c1");
        string socket = _shim.Directory["direct"];
        using Process process = _shim.Launch(_shim.BundleOf("c1"), _shim.Arguments("c1", "-socket", "unix://" + socket));
        await adoption.HangsAsync();

        ShimFixture.Signal(process.Id, signal);

        await process.WaitForExitAsync().WaitAsync(OsFixture.Bound);
        Assert.That(process.ExitCode, Is.Zero);
        Assert.That(Libc.KindOf(socket), Is.EqualTo(FileKind.None));
        Assert.That(adoption.IsContainerAlive, Is.True, "what was not taken over is left as it is");
    }

    [Test]
    public async Task Serve_DirectoryOfItsSocketIsGone_EndsWithZero()
    {
        _shim.MakeBundle("c1");
        string directory = _shim.Directory.Make("gone");
        using Process process = _shim.Launch(_shim.BundleOf("c1"), _shim.Arguments("c1", "-socket", $"unix://{directory}/s"));
        await OsFixture.UntilAsync(() => Libc.KindOf(directory + "/s") == FileKind.Socket);
        (TtrpcChannel channel, int pid) = await _shim.ConnectAsync(directory + "/s");
        await using (channel)
        {
            Directory.Delete(directory, recursive: true);
            ShimFixture.Signal(pid, SigTerm);
            await process.WaitForExitAsync().WaitAsync(OsFixture.Bound);
            Assert.That(process.ExitCode, Is.Zero);
        }
    }

    [Test]
    public async Task Serve_OtherSignals_AreSurvived()
    {
        (TtrpcChannel channel, int pid) = await _shim.ServeAsync("c1");
        foreach (int signal in (int[])[SigHup, SigUsr1, SigUsr2, SigPipe, SigUsr1])
        {
            ShimFixture.Signal(pid, signal);
            (TtrpcChannel another, int same) = await _shim.ConnectAsync(_shim.SocketOf("c1"));
            await another.DisposeAsync();
            Assert.That(same, Is.EqualTo(pid), $"after signal {signal}");
        }

        Assert.That(channel.Closed.IsCompleted, Is.False);
        await channel.DisposeAsync();
    }

    [Test]
    public async Task Serve_Usr1_WritesTheStateToTheLog()
    {
        (TtrpcChannel channel, int pid) = await _shim.ServeAsync("c1");
        await using (channel)
        {
            using SafeFd log = Libc.Open(_shim.BundleOf("c1") + "/log", OpenFlags.ReadWrite | OpenFlags.NonBlocking);
            StringBuilder text = new();
            byte[] buffer = new byte[4096];
            ShimFixture.Signal(pid, SigUsr1);
            await OsFixture.UntilAsync(() =>
            {
                int count = Libc.Read(log, buffer);
                text.Append(Encoding.UTF8.GetString(buffer, 0, Math.Max(count, 0)));
                return text.ToString().Contains('\n', StringComparison.Ordinal);
            });
            Assert.That(
                text.ToString(),
                Does.Match($@"^time=""[-\dT:.]+Z"" level=info msg=""State: pid {pid}, 0 containers, \d+ pool threads, \d+ bytes of managed memory""\n"));
        }
    }

    [Test]
    public async Task Serve_Shutdown_EndsTheProcessAndRemovesTheSocket()
    {
        (TtrpcChannel channel, int pid) = await _shim.ServeAsync("c1");
        Stopwatch watch = Stopwatch.StartNew();
        await new WireTask.TaskClient(channel).ShutdownAsync(new ShutdownRequest { Id = "c1" }).ResponseAsync.WaitAsync(OsFixture.Bound);
        await ShimFixture.EndedAsync(pid);

        // A second by itself; the rest is for machines that are busy with other tests. One that waits for its limit takes five.
        Assert.That(watch.Elapsed, Is.LessThan(TimeSpan.FromSeconds(3)));
        Assert.That(Libc.KindOf(_shim.SocketOf("c1")), Is.EqualTo(FileKind.None));
        await channel.DisposeAsync();
    }

    [TestCase("../x")]
    [TestCase("-x")]
    [TestCase("")]
    public async Task Serve_BadId_IsRefused(string id)
    {
        _shim.MakeBundle("c1");
        string socket = _shim.Directory["direct"];
        ShimRun run = await _shim.RunAsync(_shim.BundleOf("c1"), _shim.Arguments(id, "-socket", "unix://" + socket));
        Assert.That((run.ExitCode, run.Text), Is.EqualTo((1, "")));
        Assert.That(run.Error, Does.Contain("identifier"));
        Assert.That(Libc.KindOf(socket), Is.EqualTo(FileKind.None));
    }

    private static Marshaller<T> MarshallerOf<T>(MessageParser<T> parser)
        where T : IMessage<T> => Marshallers.Create(static message => message.ToByteArray(), parser.ParseFrom);
}
