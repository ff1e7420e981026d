using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk;

/// <summary>Runs containers inside this process: the shim as a library. Safe for use from several threads; several engines may live side by side.</summary>
/// <remarks>
/// The host is left alone: its children, its signal handlers, its limits, its working directory. Linux only, and as root unless the
/// runtime is a rootless one. A method that is called after the engine was disposed of throws <see cref="ObjectDisposedException"/>.
/// </remarks>
public sealed partial class ContainerShimEngine : IAsyncDisposable
{
    private readonly LinuxHost _host;
    private readonly EventLog _events;
    private readonly ShimTaskService _tasks;
    private readonly RuntimeOptions _runtimeOptions;
    private readonly EmbeddingContext _context;
    private readonly EngineDirectories _directories;
    private readonly ILogger _logger;
    private readonly bool _leavesContainers;

    private ContainerShimEngine(ContainerShimOptions options)
    {
        Identifiers.Validate(options.Namespace);
        _logger = options.LoggerFactory.CreateLogger("ContainerShim.Sdk");
        _leavesContainers = options.LeaveContainersRunning;
        _directories = new EngineDirectories(options);
        _runtimeOptions = options.RuntimeOptions.Root.Length > 0
            ? options.RuntimeOptions
            : options.RuntimeOptions with { Root = _directories.RuntimeRoot };
        _host = new LinuxHost(_logger, options.BecomeSubreaper, isShared: true, options.Stdio);
        _events = new EventLog(
            options.Namespace, options.Publisher ?? new NoPublisher(), options.EventLog, _host.Time, _logger, onAppended: Events.Publish);
        StreamTable streams = new(_host.Reactor, _host.Time);
        EngineServices services = new()
        {
            ContainerdNamespace = options.Namespace,
            Runtime = options.Runtime ?? _host.Runtime,
            Monitor = options.Monitor ?? _host.Monitor,
            Cgroups = options.Cgroups ?? _host.Cgroups,
            Events = _events,
            Stdio = new StreamStdioFactory(_host.Stdio, streams, _host.Reactor, _host.Time),
            Mounter = _host.Mounter,
            Bundles = _host.Bundles,
            Orphans = _host.Orphans,
            Time = _host.Time,
            Logger = _logger,
        };
        _tasks = new ShimTaskService(services);
        _context = new EmbeddingContext(_tasks, services, streams, new OwnedBundles(_directories.Bundles));
        _work = new PendingWork(this);
    }

    /// <summary>
    /// The task service, for what <see cref="ShimContainer"/> does not offer. A bundle that the engine wrote is removed only with the
    /// engine when its container is deleted here.
    /// </summary>
    public IShimTaskService Tasks => _tasks;

    /// <summary>The events of all containers, in order, for any number of readers; also when a publisher takes them as well.</summary>
    public ShimEvents Events { get; } = new();

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
}
