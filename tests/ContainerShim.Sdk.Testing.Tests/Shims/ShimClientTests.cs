using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Services;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Testing.Shims;
using NSubstitute;

namespace ContainerShim.Sdk.Testing.Tests.Shims;

/// <summary>Every field of every request gets to the service, and every answer back.</summary>
internal sealed class ShimClientTests
{
    private TempDirectory _directory = null!;
    private readonly IShimTaskService _service = Substitute.For<IShimTaskService>();
    private ShimServer _server = null!;
    private ShimClient _client = null!;

    [SetUp]
    public void Start()
    {
        _directory = new TempDirectory();
        string socket = Path.Join(_directory.Path, "shim.sock");
        _server = ShimServer.Listen(_service, socket);
        _client = new ShimClient(socket);
    }

    [TearDown]
    public async Task Stop()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        _directory.Dispose();
    }

    [Test]
    public async Task Create_EveryField_Arrives()
    {
        CreateTaskRequest? seen = null;
        _service.CreateAsync(Arg.Do<CreateTaskRequest>(request => seen = request), Arg.Any<CancellationToken>()).Returns(new CreateTaskResult(42));
        CreateTaskRequest sent = new()
        {
            Id = "c", Bundle = "/b", Stdio = new StdioPaths { Stdin = "/i", Stdout = "/o", Stderr = "/e", Terminal = true },
            Rootfs = [new RootfsMount { Type = "bind", Source = "/s", Target = "t", Options = ["ro"] }],
            Checkpoint = "/cp", ParentCheckpoint = "/pcp",
            Options = new RuntimeOptions
            {
                BinaryName = "crun", Root = "/r", SystemdCgroup = true, NoPivotRoot = true, NoNewKeyring = true, ShimCgroup = "/sc",
                IoUid = 1, IoGid = 2, CriuImagePath = "/ci", CriuWorkPath = "/cw",
            },
        };

        CreateTaskResult result = await _client.CreateAsync(sent);

        Assert.That(result.Pid, Is.EqualTo(42));
        Assert.That(seen! with { Rootfs = sent.Rootfs, Options = sent.Options }, Is.EqualTo(sent));
        Assert.That(seen.Options with { Payload = null }, Is.EqualTo(sent.Options));
        Assert.That(seen.Rootfs.Single() with { Options = sent.Rootfs[0].Options }, Is.EqualTo(sent.Rootfs[0]));
        Assert.That(seen.Rootfs.Single().Options, Is.EqualTo(sent.Rootfs[0].Options));
    }

    [Test]
    public async Task Checkpoint_EveryField_Arrives()
    {
        CheckpointRequest? seen = null;
        _service.CheckpointAsync(Arg.Do<CheckpointRequest>(request => seen = request), Arg.Any<CancellationToken>()).Returns(Task.CompletedTask);
        RuntimeCheckpoint sent = new()
        {
            ImagePath = "/i", WorkPath = "/w", ParentPath = "/p", Exit = true, OpenTcp = true, ExternalUnixSockets = true, Terminal = true, FileLocks = true,
            EmptyNamespaces = ["network"], CgroupsMode = "soft",
        };

        await _client.CheckpointAsync(new CheckpointRequest("c", sent));

        Assert.That(seen!.Checkpoint with { EmptyNamespaces = sent.EmptyNamespaces }, Is.EqualTo(sent));
        Assert.That(seen.Checkpoint.EmptyNamespaces, Is.EqualTo(sent.EmptyNamespaces));
    }

    [Test]
    public async Task State_EveryField_ComesBack()
    {
        StateResult answer = new()
        {
            Id = "c", Bundle = "/b", Pid = 7, Status = ContainerStatus.Stopped,
            Stdio = new StdioPaths { Stdin = "/i", Stdout = "/o", Stderr = "/e", Terminal = true },
            ExitCode = 137, ExitedAt = new DateTimeOffset(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero),
        };
        _service.StateAsync(new StateRequest("c", "e"), Arg.Any<CancellationToken>()).Returns(answer);

        Assert.That(await _client.StateAsync(new StateRequest("c", "e")), Is.EqualTo(answer));
    }

    [Test]
    public async Task SmallOperations_EveryField_Arrives()
    {
        _service.PidsAsync(new PidsRequest("c"), Arg.Any<CancellationToken>()).Returns(new PidsResult([new ContainerProcess(1), new ContainerProcess(2, "e")]));
        _service.StatsAsync(new StatsRequest("c"), Arg.Any<CancellationToken>()).Returns(new StatsResult(new TypedPayload("t", new byte[] { 1, 2 })));
        _service.ConnectAsync(new ConnectRequest("c"), Arg.Any<CancellationToken>()).Returns(new ConnectResult(3, 4, "v"));

        await _client.KillAsync(new KillRequest { Id = "c", ExecId = "e", Signal = 15, All = true });
        await _client.ResizePtyAsync(new ResizePtyRequest { Id = "c", ExecId = "e", Width = 80, Height = 25 });
        await _client.CloseIOAsync(new CloseIORequest("c", "e"));
        await _client.ShutdownAsync(new ShutdownRequest("c", Now: true));

        await _service.Received().KillAsync(new KillRequest { Id = "c", ExecId = "e", Signal = 15, All = true }, Arg.Any<CancellationToken>());
        await _service.Received().ResizePtyAsync(new ResizePtyRequest { Id = "c", ExecId = "e", Width = 80, Height = 25 }, Arg.Any<CancellationToken>());
        await _service.Received().CloseIOAsync(new CloseIORequest("c", "e"), Arg.Any<CancellationToken>());
        await _service.Received().ShutdownAsync(new ShutdownRequest("c", Now: true), Arg.Any<CancellationToken>());
        Assert.That((await _client.PidsAsync(new PidsRequest("c"))).Processes, Is.EqualTo(new[] { new ContainerProcess(1), new ContainerProcess(2, "e") }));
        Assert.That((await _client.StatsAsync(new StatsRequest("c"))).Metrics.Value.ToArray(), Is.EqualTo(new byte[] { 1, 2 }));
        Assert.That(await _client.ConnectAsync(new ConnectRequest("c")), Is.EqualTo(new ConnectResult(3, 4, "v")));
    }

    [Test]
    public async Task Refusal_KeepsItsCodeAndText()
    {
        _service.StartAsync(Arg.Any<StartRequest>(), Arg.Any<CancellationToken>()).Returns<StartResult>(_ => throw ShimException.NotFound("container c"));

        ShimException? refusal = await Assert.ThrowsAsync<ShimException>(() => _client.StartAsync(new StartRequest("c")));

        Assert.That((refusal!.Code, refusal.Message), Is.EqualTo((ShimErrorCode.NotFound, "container c: not found")));
    }
}
