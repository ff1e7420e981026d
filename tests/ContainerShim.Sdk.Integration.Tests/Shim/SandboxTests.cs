using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Sandbox;
using ContainerShim.Sdk.Protocol.Task;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>The sandbox service next to the task service, as containerd's shim controller calls it.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class SandboxTests(string runtime) : ShimFixture(runtime)
{
    // PodSandboxConfig{hostname=2 "pod"}; and its linux=8{security_context=2{namespace_options=1{network=1 NODE, pid=2 NODE, ipc=3 NODE}}}.
    private static readonly byte[] NamedPod = [0x12, 3, (byte)'p', (byte)'o', (byte)'d'];
    private static readonly byte[] HostPod = [0x42, 10, 0x12, 8, 0x0A, 6, 0x08, 2, 0x10, 2, 0x18, 2];
    private static readonly byte[] UserNamespacePod = [0x42, 6, 0x12, 4, 0x0A, 2, 0x2A, 0];

    private static CallOptions Within => RawShim.Within();

    [Test]
    public async Task Sandbox_FromCreationToShutdown_TellsItsStatesAndEndsTheShim()
    {
        (RawShim shim, string id) = await StartAsync();
        await shim.Sandboxes.CreateSandboxAsync(Creation(id, NamedPod), Within);
        await shim.Sandboxes.PingSandboxAsync(new PingRequest { SandboxId = id }, Within);
        Assert.That((await StatusAsync(shim, id)).State, Is.EqualTo("SANDBOX_NOTREADY"));
        PlatformResponse platform = await shim.Sandboxes.PlatformAsync(new PlatformRequest { SandboxId = id }, Within);
        Assert.That((platform.Platform.Os, platform.Platform.Architecture), Is.EqualTo(("linux", Architecture())));

        StartSandboxResponse started = await shim.Sandboxes.StartSandboxAsync(new StartSandboxRequest { SandboxId = id }, Within);
        int pid = (int)started.Pid;
        SandboxStatusResponse running = await StatusAsync(shim, id);
        Assert.That((running.State, running.Pid, running.CreatedAt), Is.EqualTo(("SANDBOX_READY", started.Pid, started.CreatedAt)));
        foreach (string kind in new[] { "ipc", "uts", "pid" })
        {
            Assert.That(Namespace(pid, kind), Is.Not.EqualTo(Namespace(shim.Pid, kind)), kind);
        }

        Assert.That(Namespace(pid, "net"), Is.EqualTo(Namespace(shim.Pid, "net")), "no network namespace was given");
        Assert.That(await HostNameAsync(pid), Is.EqualTo("pod"));
        RpcException noMetrics = (await Assert.ThrowsAsync<RpcException>(
            async () => await shim.Sandboxes.SandboxMetricsAsync(new SandboxMetricsRequest { SandboxId = id }, Within)))!;
        Assert.That(noMetrics.StatusCode, Is.EqualTo(StatusCode.NotFound), "its one process is in the shim's cgroup, whose usage is not the sandbox's");

        AsyncUnaryCall<WaitSandboxResponse> wait = shim.Sandboxes.WaitSandboxAsync(new WaitSandboxRequest { SandboxId = id }, Within);
        await shim.Sandboxes.StopSandboxAsync(new StopSandboxRequest { SandboxId = id, TimeoutSecs = 5 }, Within);
        Assert.That(ProcFs.IsAlive(pid), Is.False);
        WaitSandboxResponse waited = await wait;
        SandboxStatusResponse stopped = await StatusAsync(shim, id);
        Assert.That((stopped.State, stopped.Pid, stopped.ExitedAt), Is.EqualTo(("SANDBOX_NOTREADY", 0u, waited.ExitedAt)));
        Assert.That(waited.ExitStatus, Is.EqualTo(137));
        await shim.Sandboxes.StopSandboxAsync(new StopSandboxRequest { SandboxId = id }, Within);

        await shim.Sandboxes.ShutdownSandboxAsync(new ShutdownSandboxRequest { SandboxId = id }, Within);
        await shim.GoneAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Container_InASandbox_SharesItsNamespacesAndNeitherIsShutDownWithTheOther()
    {
        (RawShim shim, string id) = await StartAsync();
        await shim.Sandboxes.CreateSandboxAsync(Creation(id, NamedPod), Within);
        StartSandboxResponse sandbox = await shim.Sandboxes.StartSandboxAsync(new StartSandboxRequest { SandboxId = id }, Within);
        TestBundle bundle = Site.NewBundle();
        await JoinAsync(bundle, (int)sandbox.Pid);
        RawTask task = await shim.RunAsync(bundle);
        Assert.That(Namespace(task.Pid, "ipc"), Is.EqualTo(Namespace((int)sandbox.Pid, "ipc")));

        RpcException refused = (await Assert.ThrowsAsync<RpcException>(
            async () => await shim.Sandboxes.ShutdownSandboxAsync(new ShutdownSandboxRequest { SandboxId = id }, Within)))!;
        Assert.That(refused.StatusCode, Is.EqualTo(StatusCode.FailedPrecondition), "a container is left");
        await task.KillAndDeleteAsync();
        await shim.Client.ShutdownAsync(new ShutdownRequest { Id = bundle.Id }, Within);
        await shim.Sandboxes.PingSandboxAsync(new PingRequest { SandboxId = id }, Within);

        await shim.Sandboxes.ShutdownSandboxAsync(new ShutdownSandboxRequest { SandboxId = id }, Within);
        await shim.GoneAsync();
        Assert.That(ProcFs.IsAlive((int)sandbox.Pid), Is.False);
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Sandbox_ThatSharesAllWithTheHost_HasTheHostsNamespaces()
    {
        (RawShim shim, string id) = await StartAsync();
        await shim.Sandboxes.CreateSandboxAsync(Creation(id, HostPod), Within);
        StartSandboxResponse started = await shim.Sandboxes.StartSandboxAsync(new StartSandboxRequest { SandboxId = id }, Within);
        foreach (string kind in new[] { "ipc", "uts", "pid", "net", "mnt" })
        {
            Assert.That(Namespace((int)started.Pid, kind), Is.EqualTo(Namespace(shim.Pid, kind)), kind);
        }

        await shim.Sandboxes.ShutdownSandboxAsync(new ShutdownSandboxRequest { SandboxId = id }, Within);
        await shim.GoneAsync();
    }

    [Test]
    public async Task Sandbox_WithANetworkNamespace_IsInIt()
    {
        (RawShim shim, string id) = await StartAsync();
        using System.Diagnostics.Process other = System.Diagnostics.Process.Start("unshare", ["--net", "sleep", "1000"]);
        try
        {
            await Eventually.ShowsAsync(() => Namespace(other.Id, "net") != Namespace(shim.Pid, "net"), moved => moved, "a network namespace");
            CreateSandboxRequest request = Creation(id, NamedPod);
            request.NetnsPath = $"/proc/{other.Id}/ns/net";
            await shim.Sandboxes.CreateSandboxAsync(request, Within);
            StartSandboxResponse started = await shim.Sandboxes.StartSandboxAsync(new StartSandboxRequest { SandboxId = id }, Within);
            Assert.That(Namespace((int)started.Pid, "net"), Is.EqualTo(Namespace(other.Id, "net")));
        }
        finally
        {
            other.Kill();
            await other.WaitForExitAsync();
        }

        await shim.Sandboxes.ShutdownSandboxAsync(new ShutdownSandboxRequest { SandboxId = id }, Within);
        await shim.GoneAsync();
    }

    [Test]
    public async Task Calls_OutOfOrder_AreRefusedWithTheRightCodes()
    {
        (RawShim shim, string id) = await StartAsync();
        StartSandboxRequest start = new() { SandboxId = id };
        await AssertCodeAsync(StatusCode.NotFound, shim.Sandboxes.StartSandboxAsync(start, Within));
        await AssertCodeAsync(StatusCode.NotFound, shim.Sandboxes.PingSandboxAsync(new PingRequest { SandboxId = id }, Within));
        await AssertCodeAsync(StatusCode.InvalidArgument, shim.Sandboxes.CreateSandboxAsync(Creation("../x", NamedPod), Within));
        await AssertCodeAsync(StatusCode.InvalidArgument, shim.Sandboxes.CreateSandboxAsync(Creation(id, [0xFF]), Within));
        await AssertCodeAsync(StatusCode.Unimplemented, shim.Sandboxes.CreateSandboxAsync(Creation(id, UserNamespacePod), Within));
        await shim.Sandboxes.CreateSandboxAsync(Creation(id, NamedPod), Within);
        await AssertCodeAsync(StatusCode.AlreadyExists, shim.Sandboxes.CreateSandboxAsync(Creation(id, NamedPod), Within));
        await AssertCodeAsync(StatusCode.NotFound, shim.Sandboxes.StartSandboxAsync(new StartSandboxRequest { SandboxId = "other" }, Within));
        await AssertCodeAsync(StatusCode.NotFound, shim.Sandboxes.ShutdownSandboxAsync(new ShutdownSandboxRequest { SandboxId = "other" }, Within));
        await AssertCodeAsync(StatusCode.FailedPrecondition, shim.Sandboxes.SandboxMetricsAsync(new SandboxMetricsRequest { SandboxId = id }, Within));
        await shim.Sandboxes.StartSandboxAsync(start, Within);
        await AssertCodeAsync(StatusCode.FailedPrecondition, shim.Sandboxes.StartSandboxAsync(start, Within));
        await shim.Sandboxes.StopSandboxAsync(new StopSandboxRequest { SandboxId = id }, Within);
        await AssertCodeAsync(StatusCode.FailedPrecondition, shim.Sandboxes.StartSandboxAsync(start, Within));
        await shim.Sandboxes.ShutdownSandboxAsync(new ShutdownSandboxRequest { SandboxId = id }, Within);
        await shim.GoneAsync();
    }

    [Test]
    public async Task Shutdown_OfASandboxThatCouldNotBeCreated_EndsTheShim()
    {
        (RawShim shim, string id) = await StartAsync();
        await AssertCodeAsync(StatusCode.Unimplemented, shim.Sandboxes.CreateSandboxAsync(Creation(id, UserNamespacePod), Within));
        await shim.Sandboxes.ShutdownSandboxAsync(new ShutdownSandboxRequest { SandboxId = id }, Within);
        await shim.GoneAsync();
    }

    [Test]
    public async Task Sandbox_ThatIsKilledFromOutside_IsReportedByWait()
    {
        (RawShim shim, string id) = await StartAsync();
        await shim.Sandboxes.CreateSandboxAsync(Creation(id, NamedPod), Within);
        StartSandboxResponse started = await shim.Sandboxes.StartSandboxAsync(new StartSandboxRequest { SandboxId = id }, Within);
        AsyncUnaryCall<WaitSandboxResponse> wait = shim.Sandboxes.WaitSandboxAsync(new WaitSandboxRequest { SandboxId = id }, Within);
        Native.Signal((int)started.Pid, Native.SigKill);
        Assert.That((await wait).ExitStatus, Is.EqualTo(137));
        Assert.That((await StatusAsync(shim, id)).State, Is.EqualTo("SANDBOX_NOTREADY"));
        await shim.Sandboxes.ShutdownSandboxAsync(new ShutdownSandboxRequest { SandboxId = id }, Within);
        await shim.GoneAsync();
    }

    [Test]
    public async Task Delete_AfterTheShimWasKilled_EndsTheSandbox()
    {
        ShimEndsFirst = true;
        TestBundle bundle = Site.NewBundle();
        File.Delete(bundle.PathOf("config.json"));
        RawShim shim = await Site.StartShimAsync(bundle);
        CreateSandboxRequest request = Creation(bundle.Id, NamedPod);
        request.BundlePath = bundle.Path;
        await shim.Sandboxes.CreateSandboxAsync(request, Within);
        StartSandboxResponse started = await shim.Sandboxes.StartSandboxAsync(new StartSandboxRequest { SandboxId = bundle.Id }, Within);
        await shim.Kill9Async();
        Assert.That(ProcFs.IsAlive((int)started.Pid), "containers of the pod may live on, and share its namespaces");

        await Site.DeleteAsync(bundle);
        await Eventually.ShowsAsync(() => ProcFs.IsAlive((int)started.Pid), alive => !alive, "the sandbox ends");
    }

    private static CreateSandboxRequest Creation(string id, byte[] pod) => new()
    {
        SandboxId = id,
        BundlePath = "/nowhere/" + id,
        Options = new Any { TypeUrl = "runtime.v1.PodSandboxConfig", Value = ByteString.CopyFrom(pod) },
    };

    private static async Task<SandboxStatusResponse> StatusAsync(RawShim shim, string id) =>
        await shim.Sandboxes.SandboxStatusAsync(new SandboxStatusRequest { SandboxId = id, Verbose = true }, Within);

    private static async Task AssertCodeAsync<T>(StatusCode code, AsyncUnaryCall<T> call)
    {
        RpcException error = (await Assert.ThrowsAsync<RpcException>(async () => await call))!;
        Assert.That(error.StatusCode, Is.EqualTo(code), error.Status.Detail);
    }

    private static string Namespace(int pid, string kind) => new FileInfo($"/proc/{pid}/ns/{kind}").LinkTarget ?? "";

    private static async Task<string> HostNameAsync(int pid) =>
        (await Command.RunAsync("nsenter", ["--uts=/proc/" + pid + "/ns/uts", "hostname"])).EnsureSuccess().Stdout.Trim();

    private static string Architecture() =>
        System.Runtime.InteropServices.RuntimeInformation.OSArchitecture == System.Runtime.InteropServices.Architecture.Arm64 ? "arm64" : "amd64";

    /// <summary>Makes a container join namespaces, as containerd's CRI plugin writes it.</summary>
    private static async Task JoinAsync(TestBundle bundle, int pid)
    {
        string path = bundle.PathOf("config.json");
        string content = await File.ReadAllTextAsync(path);
        await File.WriteAllTextAsync(path, content.Replace("{\"type\":\"ipc\"}", $$"""{"type":"ipc","path":"/proc/{{pid}}/ns/ipc"}""", StringComparison.Ordinal));
    }

    /// <summary>A shim for a sandbox, whose bundle has no configuration.</summary>
    private async Task<(RawShim Shim, string Id)> StartAsync()
    {
        TestBundle bundle = Site.NewBundle();
        File.Delete(bundle.PathOf("config.json"));
        return (await Site.StartShimAsync(bundle), bundle.Id);
    }
}
