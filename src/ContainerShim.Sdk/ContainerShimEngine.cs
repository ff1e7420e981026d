using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk;

/// <summary>Runs containers inside this process: the shim as a library. Safe for use from several threads; several engines may live side by side.</summary>
/// <remarks>
/// The host is left alone: its children, its signal handlers, its limits, its working directory. Linux only, and as root unless the
/// runtime is a rootless one.
/// </remarks>
public sealed class ContainerShimEngine : IAsyncDisposable
{
    private const int SigKill = 9;

    private readonly LinuxHost _host;
    private readonly EventLog _events;
    private readonly ShimTaskService _tasks;
    private readonly RuntimeOptions _runtimeOptions;
    private readonly ChannelEventPublisher? _channel;

    private ContainerShimEngine(ContainerShimOptions options)
    {
        Identifiers.Validate(options.Namespace);
        ILogger logger = options.LoggerFactory.CreateLogger("ContainerShim.Sdk");
        _host = new LinuxHost(logger, options.BecomeSubreaper, isShared: true, options.Stdio);
        _channel = options.Publisher is null ? new ChannelEventPublisher() : null;
        _events = new EventLog(options.Namespace, options.Publisher ?? _channel!, options.EventLog, _host.Time, logger);
        _runtimeOptions = options.RuntimeOptions.Root.Length > 0
            ? options.RuntimeOptions
            : options.RuntimeOptions with { Root = Path.Combine(options.StateDirectory, "runtime") };
        _tasks = new ShimTaskService(new EngineServices
        {
            ContainerdNamespace = options.Namespace,
            Runtime = options.Runtime ?? _host.Runtime,
            Monitor = options.Monitor ?? _host.Monitor,
            Cgroups = options.Cgroups ?? _host.Cgroups,
            Events = _events,
            Stdio = _host.Stdio,
            Mounter = _host.Mounter,
            Bundles = _host.Bundles,
            Orphans = _host.Orphans,
            Time = _host.Time,
            Logger = logger,
        });
    }

    /// <summary>The task service, for what <see cref="ShimContainer"/> does not offer.</summary>
    public IShimTaskService Tasks => _tasks;

    /// <summary>
    /// The events of all containers, in order. Read by one reader; what nobody reads waits within the bounds of
    /// <see cref="ContainerShimOptions.EventLog"/>.
    /// </summary>
    /// <exception cref="InvalidOperationException">A publisher of its own takes the events.</exception>
    public ChannelEventPublisher Events =>
        _channel ?? throw new InvalidOperationException("The events go to the publisher that was set in the options.");

    /// <summary>Makes an engine.</summary>
    /// <exception cref="ShimException">InvalidArgument: the namespace is not valid. FailedPrecondition: this process ignores SIGCHLD, so the status of its children is lost.</exception>
    public static ContainerShimEngine Create(ContainerShimOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        if (ProcessSetup.IgnoresChildren())
        {
            throw ShimException.FailedPrecondition("SIGCHLD is ignored in this process; set it to its default (signal(7)) before starting containers");
        }

        if (options.BecomeSubreaper)
        {
            ProcessSetup.BecomeSubreaper();
        }

        return new ContainerShimEngine(options);
    }

    /// <summary>Makes a container from a bundle; its init process waits to be started.</summary>
    /// <param name="id">A new id: letters, digits and inner <c>._-</c>, at most 76 characters.</param>
    /// <param name="bundlePath">A directory with <c>config.json</c> and what it refers to.</param>
    /// <param name="stdio">Where the streams of the init process go.</param>
    /// <param name="cancellationToken">Ends the wait; what was made by then is removed.</param>
    /// <exception cref="ShimException">AlreadyExists: the id is in use. NotFound: no such bundle. Unknown: the runtime's error.</exception>
    public async Task<ShimContainer> CreateContainerAsync(
        string id, string bundlePath, StdioPaths? stdio = null, CancellationToken cancellationToken = default)
    {
        CreateTaskResult result = await _tasks.CreateAsync(
            new CreateTaskRequest
            {
                Id = id,
                Bundle = Path.GetFullPath(bundlePath),
                Stdio = stdio ?? StdioPaths.None,
                Options = _runtimeOptions,
            },
            cancellationToken).ConfigureAwait(false);
        return new ShimContainer(_tasks, id, result.Pid);
    }

    /// <summary>Kills and deletes every container that is left, and ends the engine.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Container container in _tasks.Containers.All())
        {
            await ShimContainer.RemoveAsync(_tasks, container.Id, SigKill).ConfigureAwait(false);
        }

        await _events.DisposeAsync().ConfigureAwait(false);
        _host.Dispose();
    }
}
