using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Diagnostics;
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
    private readonly StateDirectory _state;
    private readonly OwnedLinuxHost _host;
    private readonly EventLog _events;
    private readonly ShimTaskService _tasks;
    private readonly RuntimeOptions _runtimeOptions;
    private readonly EmbeddingContext _context;
    private readonly EngineDirectories _directories;
    private readonly EngineRecords _records;
    private readonly ILogger _logger;
    private readonly Instrumentation? _instrumentation;
    private readonly bool _leavesContainers;

    private ContainerShimEngine(ContainerShimOptions options)
    {
        OptionRules.Demand(options.Validate());
        _logger = new UnfailingLogger(options.LoggerFactory.CreateLogger("ContainerShim.Sdk"));
        _leavesContainers = options.LeaveContainersRunning;
        _directories = new EngineDirectories(options);
        _runtimeOptions = options.RuntimeOptions;
        _state = StateDirectory.Take(options.StateDirectory);
        _host = TrackExits(options, _state, _logger);
        _work = new EngineCalls(this);
        try
        {
            _instrumentation = options.Telemetry ? new Instrumentation(options.Namespace, _host.Time) : null;
            EngineRecords records = _records = new EngineRecords(_directories.Records);
            _events = new EventLog(
                options.Namespace,
                PublisherOf(options, records),
                options.EventLog,
                options.TimeProvider ?? _host.Time,
                _logger,
                onAppended: Events.Publish,
                observer: _instrumentation?.EventObserver);
            IOciRuntime runtime = options.Runtime ?? options.RuntimeFactory?.Invoke(_host) ?? _host.Runtime;
            StreamTable streams = new(_host.Reactor, _host.Time);
            string runtimeRoot = _runtimeOptions.Root.Length > 0 ? _runtimeOptions.Root : _directories.RuntimeRoot;
            EngineServices services = new()
            {
                ContainerdNamespace = options.Namespace,
                Runtime = _instrumentation?.Around(runtime) ?? runtime,
                RuntimeOptions = _runtimeOptions with { Root = runtimeRoot },
                Monitor = options.Monitor ?? _host.Monitor,
                Cgroups = options.Cgroups ?? _host.Cgroups,
                Events = _events,
                Stdio = new StreamStdioFactory(_host.Stdio, streams, _host.Reactor, _host.Time, _host.StreamKeeper),
                Mounter = _host.Mounter,
                MountsRootfs = options.MountsRootfs,
                Bundles = _host.Bundles,
                Orphans = _host.Orphans,
                Records = records,
                Vacancy = options.Cgroups is null ? new CgroupVacancy(new HostFiles()) : null,
                RuntimeRoot = runtimeRoot,
                Time = options.TimeProvider ?? _host.Time,
                Logger = _logger,
            };
            _tasks = new ShimTaskService(services);
            _context = new EmbeddingContext(
                _tasks, services, streams, new OwnedBundles(_directories.Bundles), _work, _instrumentation?.Operations, _leavesContainers);
            CountedTaskService counted = new(_tasks, _work);
            IShimTaskService decorated = options.TaskServiceDecorator?.Invoke(counted) ?? counted;
            Tasks = _instrumentation?.Around(decorated) ?? decorated;
            _instrumentation?.Observe(_tasks, _events, _tasks.Output);
        }
        catch
        {
            // What the caller gave has failed: another try may have the directory.
            _instrumentation?.Dispose();
            _work.Dispose();
            _host.Dispose();
            _state.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The task service, for what <see cref="ShimContainer"/> does not offer. A bundle that the engine wrote is removed only with the
    /// engine when its container is deleted here.
    /// </summary>
    public IShimTaskService Tasks { get; }

    /// <summary>The events of all containers, in order, for any number of readers; also when a publisher takes them as well.</summary>
    public ShimEvents Events { get; } = new();

    /// <summary>Makes an engine.</summary>
    /// <exception cref="ShimException">
    /// InvalidArgument: options that cannot be, all of them named. FailedPrecondition: another engine has the state directory, or exits cannot be tracked
    /// in the way that is asked for; the message names the others.
    /// </exception>
    /// <remarks>What <see cref="ContainerShimOptions.RuntimeFactory"/> and the other functions of the options throw is passed on; nothing is left behind then.</remarks>
    public static ContainerShimEngine Create(ContainerShimOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return new ContainerShimEngine(options);
    }
}
