using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Services;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Tests.Linux;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using NSubstitute;
using NSubstitute.ClearExtensions;
using NSubstitute.ExceptionExtensions;
using CheckpointOptions = ContainerShim.Sdk.Protocol.Runc.CheckpointOptions;
using Wire = ContainerShim.Sdk.Protocol.Task;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Tests.Services;

/// <summary>Calls every method over a real socket, with a service behind it that only records.</summary>
internal sealed class TaskServiceAdapterTests
{
    private static readonly DateTimeOffset At = new(2026, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private static readonly Timestamp WireAt = new() { Seconds = At.ToUnixTimeSeconds() };

    private readonly IShimTaskService _service = Substitute.For<IShimTaskService>();
    private readonly TempDirectory _directory = new();
    private TtrpcServer _server = null!;
    private Task _serving = null!;
    private TtrpcChannel _channel = null!;
    private WireTask.TaskClient _client = null!;

    [OneTimeSetUp]
    public async Task Serve()
    {
        _server = new TtrpcServer(new TtrpcServerOptions { MapException = ErrorMapping.ToStatus });
        WireTask.BindService(_server.Services, new TaskServiceAdapter(_service));
        _serving = _server.ServeAsync(UnixTtrpcListener.Listen(_directory["s"]));
        _channel = await TtrpcChannel.ConnectAsync(_directory["s"]);
        _client = new WireTask.TaskClient(_channel);
    }

    [OneTimeTearDown]
    public async Task StopServing()
    {
        await _channel.DisposeAsync();
        await _server.DisposeAsync();
        await _serving;
        _directory.Dispose();
    }

    [TearDown]
    public void Forget()
    {
        _service.ClearSubstitute(ClearOptions.All);
    }

    [Test]
    public async Task Create_PassesItsFieldsAndThePid()
    {
        CreateTaskRequest? seen = null;
        _service.CreateAsync(Arg.Do<CreateTaskRequest>(request => seen = request), Arg.Any<CancellationToken>()).Returns(new CreateTaskResult(42));
        Wire.CreateTaskResponse response = await Sent(_client.CreateAsync(new Wire.CreateTaskRequest { Id = "c1", Bundle = "/b", Stdout = "/out" }));
        Assert.That(response, Is.EqualTo(new Wire.CreateTaskResponse { Pid = 42 }));
        Assert.That((seen!.Id, seen.Bundle, seen.Stdio.Stdout), Is.EqualTo(("c1", "/b", "/out")));
    }

    [Test]
    public async Task Start_PassesItsFieldsAndThePid()
    {
        _service.StartAsync(new StartRequest("c1", "e1"), Arg.Any<CancellationToken>()).Returns(new StartResult(42));
        Assert.That(
            await Sent(_client.StartAsync(new Wire.StartRequest { Id = "c1", ExecId = "e1" })), Is.EqualTo(new Wire.StartResponse { Pid = 42 }));
    }

    [Test]
    public async Task Delete_PassesItsFieldsAndTheExit()
    {
        _service.DeleteAsync(new DeleteRequest("c1", "e1"), Arg.Any<CancellationToken>()).Returns(new DeleteResult(42, 7, At));
        Assert.That(
            await Sent(_client.DeleteAsync(new Wire.DeleteRequest { Id = "c1", ExecId = "e1" })),
            Is.EqualTo(new Wire.DeleteResponse { Pid = 42, ExitStatus = 7, ExitedAt = WireAt }));
    }

    [Test]
    public async Task Exec_PassesItsFields()
    {
        ExecRequest? seen = null;
        _service.ExecAsync(Arg.Do<ExecRequest>(request => seen = request), Arg.Any<CancellationToken>()).Returns(Task.CompletedTask);
        await Sent(_client.ExecAsync(new Wire.ExecProcessRequest { Id = "c1", ExecId = "e1", Spec = new Any { Value = ByteString.CopyFromUtf8("{}") } }));
        Assert.That((seen!.Id, seen.ExecId, seen.ProcessSpec.Length), Is.EqualTo(("c1", "e1", 2)));
    }

    [Test]
    public async Task ResizePty_PassesItsFields()
    {
        await Sent(_client.ResizePtyAsync(new Wire.ResizePtyRequest { Id = "c1", ExecId = "e1", Width = 65535, Height = 25 }));
        await _service.Received(1).ResizePtyAsync(new ResizePtyRequest { Id = "c1", ExecId = "e1", Width = 65535, Height = 25 }, Arg.Any<CancellationToken>());
    }

    [TestCase(65536u, 25u)]
    [TestCase(80u, 4294967295u)]
    public async Task ResizePty_MoreThanTheKernelHas_IsRefused(uint width, uint height)
    {
        RpcException refusal = await FailureOf(_client.ResizePtyAsync(new Wire.ResizePtyRequest { Id = "c1", Width = width, Height = height }));
        Assert.That(refusal.StatusCode, Is.EqualTo(StatusCode.InvalidArgument));
        Assert.That(_service.ReceivedCalls(), Is.Empty);
    }

    [Test]
    public async Task State_PassesItsFieldsAndTheState()
    {
        StateResult state = new()
        {
            Id = "e1",
            Bundle = "/b",
            Pid = 42,
            Status = ContainerStatus.Stopped,
            Stdio = new StdioPaths { Stdin = "/in" },
            ExitCode = 7,
            ExitedAt = At,
        };
        _service.StateAsync(new StateRequest("c1", "e1"), Arg.Any<CancellationToken>()).Returns(state);
        Assert.That(await Sent(_client.StateAsync(new Wire.StateRequest { Id = "c1", ExecId = "e1" })), Is.EqualTo(TaskMapping.ToWire(state)));
    }

    [Test]
    public async Task Pids_PassesItsFieldAndTheProcesses()
    {
        PidsResult pids = new([new ContainerProcess(42), new ContainerProcess(43, "e1")]);
        _service.PidsAsync(new PidsRequest("c1"), Arg.Any<CancellationToken>()).Returns(pids);
        Assert.That(await Sent(_client.PidsAsync(new Wire.PidsRequest { Id = "c1" })), Is.EqualTo(TaskMapping.ToWire(pids)));
    }

    [Test]
    public async Task Pause_PassesItsField()
    {
        await Sent(_client.PauseAsync(new Wire.PauseRequest { Id = "c1" }));
        await _service.Received(1).PauseAsync(new PauseRequest("c1"), Arg.Any<CancellationToken>());
    }

    [Test]
    public async Task Resume_PassesItsField()
    {
        await Sent(_client.ResumeAsync(new Wire.ResumeRequest { Id = "c1" }));
        await _service.Received(1).ResumeAsync(new ResumeRequest("c1"), Arg.Any<CancellationToken>());
    }

    [Test]
    public async Task Checkpoint_PassesItsFields()
    {
        CheckpointRequest? seen = null;
        _service.CheckpointAsync(Arg.Do<CheckpointRequest>(request => seen = request), Arg.Any<CancellationToken>()).Returns(Task.CompletedTask);
        await Sent(_client.CheckpointAsync(new Wire.CheckpointTaskRequest
        {
            Id = "c1",
            Path = "/image",
            Options = TypeUrls.Pack(TypeUrls.RuncCheckpointOptions, new CheckpointOptions { Exit = true }),
        }));
        Assert.That((seen!.Id, seen.Checkpoint.ImagePath, seen.Checkpoint.Exit), Is.EqualTo(("c1", "/image", true)));
    }

    [Test]
    public async Task Kill_PassesItsFields()
    {
        await Sent(_client.KillAsync(new Wire.KillRequest { Id = "c1", ExecId = "e1", Signal = 15, All = true }));
        await _service.Received(1).KillAsync(new KillRequest { Id = "c1", ExecId = "e1", Signal = 15, All = true }, Arg.Any<CancellationToken>());
    }

    [Test]
    public async Task CloseIO_PassesItsFields()
    {
        await Sent(_client.CloseIOAsync(new Wire.CloseIORequest { Id = "c1", ExecId = "e1", Stdin = true }));
        await _service.Received(1).CloseIOAsync(new CloseIORequest("c1", "e1"), Arg.Any<CancellationToken>());
    }

    [Test]
    public async Task Update_PassesItsFields()
    {
        UpdateRequest? seen = null;
        _service.UpdateAsync(Arg.Do<UpdateRequest>(request => seen = request), Arg.Any<CancellationToken>()).Returns(Task.CompletedTask);
        await Sent(_client.UpdateAsync(new Wire.UpdateTaskRequest
        {
            Id = "c1",
            Resources = new Any { TypeUrl = TypeUrls.OciLinuxResources, Value = ByteString.CopyFromUtf8("{}") },
        }));
        Assert.That((seen!.Id, seen.Resources.Length), Is.EqualTo(("c1", 2)));
    }

    [Test]
    public async Task Wait_PassesItsFieldsAndTheExit()
    {
        _service.WaitAsync(new WaitRequest("c1", "e1"), Arg.Any<CancellationToken>()).Returns(new WaitResult(137, At));
        Assert.That(
            await Sent(_client.WaitAsync(new Wire.WaitRequest { Id = "c1", ExecId = "e1" })),
            Is.EqualTo(new Wire.WaitResponse { ExitStatus = 137, ExitedAt = WireAt }));
    }

    [Test]
    public async Task Stats_PassesItsFieldAndTheMetrics()
    {
        _service.StatsAsync(new StatsRequest("c1"), Arg.Any<CancellationToken>())
            .Returns(new StatsResult(new TypedPayload(TypeUrls.CgroupsV2Metrics, new byte[] { 1, 2 })));
        Assert.That(
            await Sent(_client.StatsAsync(new Wire.StatsRequest { Id = "c1" })),
            Is.EqualTo(new Wire.StatsResponse { Stats = new Any { TypeUrl = TypeUrls.CgroupsV2Metrics, Value = ByteString.CopyFrom(1, 2) } }));
    }

    [Test]
    public async Task Connect_PassesItsFieldAndThePids()
    {
        _service.ConnectAsync(new ConnectRequest("c1"), Arg.Any<CancellationToken>()).Returns(new ConnectResult(41, 42, "v"));
        Assert.That(
            await Sent(_client.ConnectAsync(new Wire.ConnectRequest { Id = "c1" })),
            Is.EqualTo(new Wire.ConnectResponse { ShimPid = 41, TaskPid = 42, Version = "v" }));
    }

    [Test]
    public async Task Shutdown_PassesItsFields()
    {
        await Sent(_client.ShutdownAsync(new Wire.ShutdownRequest { Id = "c1", Now = true }));
        await _service.Received(1).ShutdownAsync(new ShutdownRequest("c1", true), Arg.Any<CancellationToken>());
    }

    [Test]
    public async Task Call_ThatFails_IsAnsweredWithCodeAndText()
    {
        _service.PauseAsync(Arg.Any<PauseRequest>(), Arg.Any<CancellationToken>()).ThrowsAsync(ShimException.NotFound("container c1"));
        RpcException failure = await FailureOf(_client.PauseAsync(new Wire.PauseRequest { Id = "c1" }));
        Assert.That((failure.StatusCode, failure.Status.Detail), Is.EqualTo((StatusCode.NotFound, "container c1: not found")));
    }

    [Test]
    public async Task Call_WithADeadline_HandsItOnAsAToken()
    {
        TaskCompletionSource cancelled = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _service.WaitAsync(Arg.Any<WaitRequest>(), Arg.Any<CancellationToken>()).Returns(async call =>
        {
            using CancellationTokenRegistration registration = call.Arg<CancellationToken>().Register(cancelled.SetResult);
            await released.Task;
            return new WaitResult(0, null);
        });
        AsyncUnaryCall<Wire.WaitResponse> waiting = _client.WaitAsync(new Wire.WaitRequest { Id = "c1" }, deadline: DateTime.UtcNow.AddMilliseconds(50));
        Assert.That((await FailureOf(waiting)).StatusCode, Is.EqualTo(StatusCode.DeadlineExceeded));
        await cancelled.Task.WaitAsync(OsFixture.Bound);
        released.SetResult();
    }

    [Test]
    public void Methods_AllSeventeen_AreServed()
    {
        IEnumerable<string> declared = typeof(WireTask.TaskBase).GetMethods().Where(static method => method.IsVirtual && method.DeclaringType == typeof(WireTask.TaskBase))
            .Select(static method => method.Name);
        IEnumerable<string> served = typeof(TaskServiceAdapter).GetMethods().Where(static method => method.DeclaringType == typeof(TaskServiceAdapter))
            .Select(static method => method.Name);
        Assert.That(declared.Count(), Is.EqualTo(17));
        Assert.That(served, Is.EquivalentTo(declared));
    }

    private static Task<T> Sent<T>(AsyncUnaryCall<T> call) => call.ResponseAsync.WaitAsync(OsFixture.Bound);

    private static async Task<RpcException> FailureOf<T>(AsyncUnaryCall<T> call) => (await Assert.ThrowsAsync<RpcException>(() => Sent(call)))!;
}
