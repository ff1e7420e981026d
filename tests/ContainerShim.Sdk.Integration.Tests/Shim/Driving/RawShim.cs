using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Runc;
using ContainerShim.Sdk.Protocol.Task;
using ContainerShim.Sdk.Ttrpc;
using Grpc.Core;
using Grpc.Core.Interceptors;
using WireSandbox = ContainerShim.Sdk.Protocol.Services.Sandbox;
using WireTask = ContainerShim.Sdk.Protocol.Services.Task;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>A running shim and a connection to it.</summary>
internal sealed class RawShim : IAsyncDisposable
{
    private readonly TtrpcChannel _channel;
    private readonly ShimSite _site;

    private RawShim(ShimSite site, TtrpcChannel channel, string address, bool isReference)
    {
        _site = site;
        _channel = channel;
        SocketPath = address["unix://".Length..];
        CallInvoker invoker = channel.CreateCallInvoker();
        Sandboxes = new WireSandbox.SandboxClient(invoker);
        Client = new WireTask.TaskClient(isReference ? invoker.Intercept(new OlderServiceName()) : invoker);
    }

    public WireTask.TaskClient Client { get; }

    /// <summary>The sandbox service on the same connection; the reference has none.</summary>
    public WireSandbox.SandboxClient Sandboxes { get; }

    public string SocketPath { get; }

    public int Pid { get; private set; }

    /// <summary>Ends when the shim closes the connection.</summary>
    public Task Closed => _channel.Closed;

    public static async Task<RawShim> ConnectAsync(ShimSite site, TestBundle bundle, string address, bool isReference)
    {
        Assert.That(address, Does.StartWith("unix://"));
        RawShim shim = new(site, await TtrpcChannel.ConnectAsync(address["unix://".Length..]), address, isReference);
        shim.Pid = (int)(await shim.Client.ConnectAsync(new ConnectRequest { Id = bundle.Id }, Within())).ShimPid;
        return shim;
    }

    /// <summary>Every call is bounded.</summary>
    public static CallOptions Within(double seconds = 20) => new(deadline: DateTime.UtcNow + Pace.Of(TimeSpan.FromSeconds(seconds)));

    public ProcessCensus Census() => ProcessCensus.Take(Pid);

    /// <summary>Creates a container.</summary>
    /// <param name="bundle">Whose id the container gets.</param>
    /// <param name="stdio">None by default.</param>
    /// <param name="runtime">The runtime's binary; that of the site by default.</param>
    public Task<RawTask> CreateAsync(TestBundle bundle, TestStdio? stdio = null, string runtime = "") => CreateAsync(
        bundle,
        request => request.Options = runtime.Length == 0 ? request.Options : OptionsOf(runtime),
        stdio);

    /// <summary>Creates a container by a request of its own.</summary>
    /// <param name="bundle">Whose id the container gets.</param>
    /// <param name="change">Makes the request different from the usual one.</param>
    /// <param name="stdio">None by default.</param>
    public async Task<RawTask> CreateAsync(TestBundle bundle, Action<CreateTaskRequest> change, TestStdio? stdio = null)
    {
        stdio ??= TestStdio.None;
        CreateTaskRequest request = new()
        {
            Id = bundle.Id,
            Bundle = bundle.Path,
            Terminal = bundle.Options.Terminal,
            Stdin = stdio.Stdin,
            Stdout = stdio.Stdout,
            Stderr = stdio.Stderr,
            Options = _site.Runtime.IsDefault ? null : OptionsOf(_site.Runtime.Binary),
        };
        if (bundle.Options.MountsRootfs)
        {
            request.Rootfs.Add(bundle.Rootfs);
        }

        change(request);
        CreateTaskResponse created = await Client.CreateAsync(request, Within());
        return new RawTask(this, _site.Facts, bundle, (int)created.Pid);
    }

    /// <summary>Creates a container and starts it.</summary>
    public async Task<RawTask> RunAsync(TestBundle bundle, TestStdio? stdio = null, string runtime = "")
    {
        RawTask task = await CreateAsync(bundle, stdio, runtime);
        await task.StartAsync();
        return task;
    }

    public void Signal(int signal) => Native.Signal(Pid, signal);

    /// <summary>SIGKILL, and waits until the process is gone.</summary>
    public async Task Kill9Async()
    {
        Signal(Native.SigKill);
        await GoneAsync();
    }

    public Task GoneAsync() => Eventually.ShowsAsync(() => ProcFs.IsAlive(Pid), alive => !alive, "the shim ends");

    /// <summary>Asks for the end of a shim that has no container left, and waits for it.</summary>
    public async Task ShutdownAsync()
    {
        await Client.ShutdownAsync(new ShutdownRequest { Id = "any" }, Within());
        await GoneAsync();
    }

    public ValueTask DisposeAsync() => _channel.DisposeAsync();

    private static Google.Protobuf.WellKnownTypes.Any OptionsOf(string runtime) =>
        TypeUrls.Pack(TypeUrls.RuncOptions, new Options { BinaryName = runtime });
}
