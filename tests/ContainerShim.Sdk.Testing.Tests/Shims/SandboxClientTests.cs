using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Sandboxes;
using ContainerShim.Sdk.Testing.Shims;
using ContainerShim.Sdk.Ttrpc;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;
using Wire = ContainerShim.Sdk.Protocol.Sandbox;
using WireSandbox = ContainerShim.Sdk.Protocol.Services.Sandbox;
using WireTypes = ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.Testing.Tests.Shims;

/// <summary>Every field of every request gets to a shim's sandbox service, and every answer back.</summary>
internal sealed class SandboxClientTests
{
    private static readonly DateTimeOffset _time = new(2030, 1, 2, 3, 4, 5, 678, TimeSpan.Zero);

    private Service _service = null!;
    private TempDirectory _directory = null!;
    private TtrpcServer _server = null!;
    private Task _serving = Task.CompletedTask;
    private SandboxClient _client = null!;

    [SetUp]
    public void Start()
    {
        _directory = new TempDirectory();
        string socket = Path.Join(_directory.Path, "shim.sock");
        _service = new Service();
        _server = new TtrpcServer();
        WireSandbox.BindService(_server.Services, _service);
        _serving = ServeAsync(_server, UnixTtrpcListener.Listen(socket));
        _client = new SandboxClient(socket);
    }

    [TearDown]
    public async Task Stop()
    {
        await _client.DisposeAsync();
        await _server.DisposeAsync();
        await _serving;
        _directory.Dispose();
    }

    [Test]
    public async Task Create_EveryField_Arrives()
    {
        await _client.CreateAsync(new CreateSandboxRequest
        {
            SandboxId = "s", BundlePath = "/b", NetworkNamespacePath = "/n", Options = new TypedPayload("my.Options", new byte[] { 1, 2 }),
            Rootfs = [new RootfsMount { Type = "bind", Source = "/s", Target = "t", Options = ["ro"] }],
            Annotations = new Dictionary<string, string> { ["a"] = "b" },
        });

        Wire.CreateSandboxRequest expected = new()
        {
            SandboxId = "s", BundlePath = "/b", NetnsPath = "/n", Options = Payload("my.Options", 1, 2),
            Rootfs = { new WireTypes.Mount { Type = "bind", Source = "/s", Target = "t", Options = { "ro" } } },
            Annotations = { ["a"] = "b" },
        };
        Assert.That(_service.Seen, Is.EqualTo(expected));
    }

    [Test]
    public async Task Start_EveryField_ComesBack()
    {
        _service.Answer = new Wire.StartSandboxResponse { Pid = 7, CreatedAt = WireTime.ToWire(_time), Spec = Payload("my.Spec", 3) };

        SandboxStart start = await _client.StartAsync("s");

        Assert.That(start with { Spec = null }, Is.EqualTo(new SandboxStart(7, _time)));
        AssertPayload(start.Spec, "my.Spec", 3);
        Assert.That(_service.Seen, Is.EqualTo(new Wire.StartSandboxRequest { SandboxId = "s" }));
    }

    [Test]
    public async Task Platform_EveryField_ComesBack()
    {
        _service.Answer = new Wire.PlatformResponse { Platform = new WireTypes.Platform { Os = "linux", Architecture = "arm64", Variant = "v8" } };

        Assert.That(await _client.GetPlatformAsync("s"), Is.EqualTo(new SandboxPlatform("linux", "arm64", "v8")));
    }

    [TestCase(0, 0u)]
    [TestCase(0.2, 1u)]
    [TestCase(5, 5u)]
    public async Task Stop_ItsTime_ArrivesInWholeSeconds(double seconds, uint expected)
    {
        await _client.StopAsync(new StopSandboxRequest("s", TimeSpan.FromSeconds(seconds)));

        Assert.That(_service.Seen, Is.EqualTo(new Wire.StopSandboxRequest { SandboxId = "s", TimeoutSecs = expected }));
    }

    [Test]
    public async Task Wait_EveryField_ComesBack()
    {
        _service.Answer = new Wire.WaitSandboxResponse { ExitStatus = 137, ExitedAt = WireTime.ToWire(_time) };

        Assert.That(await _client.WaitAsync("s"), Is.EqualTo(new SandboxExit(137, _time)));
    }

    [Test]
    public async Task Status_EveryField_ComesBack([Values] bool isReady)
    {
        _service.Answer = new Wire.SandboxStatusResponse
        {
            SandboxId = "s", Pid = 7, State = isReady ? "SANDBOX_READY" : "SANDBOX_NOTREADY", CreatedAt = WireTime.ToWire(_time),
            ExitedAt = WireTime.ToWire(null), Info = { ["i"] = "j" }, Extra = Payload("my.Extra", 4),
        };

        SandboxStatus status = await _client.GetStatusAsync(new SandboxStatusRequest("s", Verbose: true));

        Assert.That((status.SandboxId, status.Pid, status.IsReady, status.CreatedAt, status.ExitedAt), Is.EqualTo(("s", 7, isReady, (DateTimeOffset?)_time, (DateTimeOffset?)null)));
        Assert.That(status.Info, Is.EqualTo(new Dictionary<string, string> { ["i"] = "j" }));
        AssertPayload(status.Extra, "my.Extra", 4);
        Assert.That(_service.Seen, Is.EqualTo(new Wire.SandboxStatusRequest { SandboxId = "s", Verbose = true }));
    }

    [Test]
    public async Task Metrics_TheirPayload_ComesBack()
    {
        _service.Answer = new Wire.SandboxMetricsResponse { Metrics = new WireTypes.Metric { Id = "s", Data = Payload("my.Metrics", 5) } };

        AssertPayload(await _client.GetMetricsAsync("s"), "my.Metrics", 5);
    }

    [Test]
    public async Task Ping_AndShutdown_NameTheSandbox()
    {
        await _client.PingAsync("s");
        Assert.That(_service.Seen, Is.EqualTo(new Wire.PingRequest { SandboxId = "s" }));
        await _client.ShutdownAsync("s");
        Assert.That(_service.Seen, Is.EqualTo(new Wire.ShutdownSandboxRequest { SandboxId = "s" }));
    }

    [Test]
    public async Task Failure_HasTheCodeAndTheTextOfTheAnswer()
    {
        _service.Failure = new RpcException(new Status(StatusCode.FailedPrecondition, "it runs"));

        ShimException failure = (await Assert.ThrowsAsync<ShimException>(() => _client.StartAsync("s")))!;

        Assert.That((failure.Code, failure.Message), Is.EqualTo((ShimErrorCode.FailedPrecondition, "it runs")));
    }

    private static Any Payload(string type, params byte[] bytes) => new() { TypeUrl = type, Value = ByteString.CopyFrom(bytes) };

    private static void AssertPayload(TypedPayload? payload, string type, params byte[] bytes)
    {
        Assert.That(payload?.TypeUrl, Is.EqualTo(type));
        Assert.That(payload!.Value.ToArray(), Is.EqualTo(bytes));
    }

    private static async Task ServeAsync(TtrpcServer server, UnixTtrpcListener listener)
    {
        await using (listener)
        {
            await server.ServeAsync(listener);
        }
    }

    /// <summary>Keeps the request, and answers what a test says.</summary>
    private sealed class Service : WireSandbox.SandboxBase
    {
        public IMessage? Seen { get; private set; }

        public IMessage? Answer { private get; set; }

        public RpcException? Failure { private get; set; }

        public override Task<Wire.CreateSandboxResponse> CreateSandbox(Wire.CreateSandboxRequest request, ServerCallContext context) => TakeAsync<Wire.CreateSandboxResponse>(request);

        public override Task<Wire.StartSandboxResponse> StartSandbox(Wire.StartSandboxRequest request, ServerCallContext context) => TakeAsync<Wire.StartSandboxResponse>(request);

        public override Task<Wire.PlatformResponse> Platform(Wire.PlatformRequest request, ServerCallContext context) => TakeAsync<Wire.PlatformResponse>(request);

        public override Task<Wire.StopSandboxResponse> StopSandbox(Wire.StopSandboxRequest request, ServerCallContext context) => TakeAsync<Wire.StopSandboxResponse>(request);

        public override Task<Wire.WaitSandboxResponse> WaitSandbox(Wire.WaitSandboxRequest request, ServerCallContext context) => TakeAsync<Wire.WaitSandboxResponse>(request);

        public override Task<Wire.SandboxStatusResponse> SandboxStatus(Wire.SandboxStatusRequest request, ServerCallContext context) => TakeAsync<Wire.SandboxStatusResponse>(request);

        public override Task<Wire.PingResponse> PingSandbox(Wire.PingRequest request, ServerCallContext context) => TakeAsync<Wire.PingResponse>(request);

        public override Task<Wire.ShutdownSandboxResponse> ShutdownSandbox(Wire.ShutdownSandboxRequest request, ServerCallContext context) => TakeAsync<Wire.ShutdownSandboxResponse>(request);

        public override Task<Wire.SandboxMetricsResponse> SandboxMetrics(Wire.SandboxMetricsRequest request, ServerCallContext context) => TakeAsync<Wire.SandboxMetricsResponse>(request);

        private Task<T> TakeAsync<T>(IMessage request)
            where T : class, IMessage, new()
        {
            Seen = request;
            return Failure is { } failure ? throw failure : Task.FromResult(Answer as T ?? new T());
        }
    }
}
