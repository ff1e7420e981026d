using ContainerShim.Sdk.Services;
using ContainerShim.Sdk.Tasks;
using ContainerShim.Sdk.Testing.Events;
using ContainerShim.Sdk.Testing.InMemory;

namespace ContainerShim.Sdk.Testing.Shims;

/// <summary>
/// The real engine with containers in memory, served on a socket in a temporary directory: what containerd would talk to, in a unit
/// test. Needs Linux, and neither root nor runc nor containerd. Safe for use from several threads.
/// </summary>
public sealed class InMemoryShim : IAsyncDisposable
{
    private readonly TemporaryDirectory _directory = new();
    private readonly ShimServer _server;

    private InMemoryShim(InMemoryShimOptions options)
    {
        Host = new InMemoryHost(options.TimeProvider);
        Engine = ContainerShimEngine.Create(new ContainerShimOptions
        {
            Namespace = options.Namespace,
            StateDirectory = _directory.Path,
            Runtime = Host.Runtime,
            Monitor = Host.Monitor,
            Cgroups = Host.Cgroups,
            Stdio = { Schemes = { "file" } },
            Publisher = Publisher,
            MountsRootfs = false,
            TimeProvider = options.TimeProvider,
            LoggerFactory = options.LoggerFactory,
        });
        SocketPath = Path.Join(_directory.Path, "shim.sock");
        _server = ShimServer.Listen(Engine.Tasks, SocketPath, options.LoggerFactory.CreateLogger("ContainerShim.Sdk.Testing"));
        Client = new ShimClient(SocketPath);
    }

    /// <summary>The machine its containers are on: their processes, and the runtime, whose calls can be made to fail, to hang or to be slow.</summary>
    public InMemoryHost Host { get; }

    /// <summary>Takes its events.</summary>
    public RecordingPublisher Publisher { get; } = new();

    /// <summary>The engine itself, for what is called in process.</summary>
    public ContainerShimEngine Engine { get; }

    /// <summary>A client that reaches it by its socket.</summary>
    public ShimClient Client { get; }

    /// <summary>Where it listens, for another client.</summary>
    public string SocketPath { get; }

    /// <summary>Starts a shim without containers.</summary>
    public static InMemoryShim Start(InMemoryShimOptions? options = null) => new(options ?? new InMemoryShimOptions());

    /// <summary>Makes a bundle whose process is a command, for a create request. It goes with the shim.</summary>
    /// <param name="command">The command, for which <see cref="InMemoryRuntime.Script"/> is asked.</param>
    /// <returns>Its path.</returns>
    public string AddBundle(params IReadOnlyList<string> command)
    {
        string bundle = Path.Join(_directory.Path, $"bundle-{Guid.NewGuid():N}");
        BundleWriter.Write(bundle, "rootfs", command);
        return bundle;
    }

    /// <summary>Creates and starts a container through the socket.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="command">The command, for which <see cref="InMemoryRuntime.Script"/> is asked.</param>
    /// <returns>Its init process.</returns>
    public async Task<InMemoryProcess> RunAsync(string id, params IReadOnlyList<string> command)
    {
        await Client.CreateAsync(new CreateTaskRequest { Id = id, Bundle = AddBundle(command) }).ConfigureAwait(false);
        await Client.StartAsync(new StartRequest(id)).ConfigureAwait(false);
        return Host.Process(id);
    }

    /// <summary>Adds and starts an exec through the socket.</summary>
    /// <param name="id">The container.</param>
    /// <param name="execId">The exec's id.</param>
    /// <param name="command">The command, for which <see cref="InMemoryRuntime.Script"/> is asked.</param>
    /// <returns>Its process.</returns>
    public async Task<InMemoryProcess> ExecAsync(string id, string execId, params IReadOnlyList<string> command)
    {
        await Client.ExecAsync(new ExecRequest { Id = id, ExecId = execId, ProcessSpec = BundleWriter.ProcessSpec(command) }).ConfigureAwait(false);
        await Client.StartAsync(new StartRequest(id, execId)).ConfigureAwait(false);
        return Host.Process(id, execId);
    }

    /// <summary>Ends every process, stuck or not, lets held calls go, and ends the shim.</summary>
    public async ValueTask DisposeAsync()
    {
        Publisher.IsAway = false;
        Host.EndAll();
        await Client.DisposeAsync().ConfigureAwait(false);
        await _server.DisposeAsync().ConfigureAwait(false);
        await Engine.DisposeAsync().ConfigureAwait(false);
        _directory.Dispose();
    }
}
