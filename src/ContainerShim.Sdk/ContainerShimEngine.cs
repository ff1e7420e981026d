using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Diagnostics;
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

    /// <summary>How long the end of the engine waits for a publisher of the host's to take the last events.</summary>
    private static readonly TimeSpan FlushLimit = TimeSpan.FromSeconds(5);

    private readonly LinuxHost _host;
    private readonly EventLog _events;
    private readonly EngineServices _services;
    private readonly ShimTaskService _tasks;
    private readonly RuntimeOptions _runtimeOptions;
    private readonly ChannelEventPublisher? _channel;
    private readonly IInstrumentation? _instrumentation;
    private readonly bool _leaveRunning;
    private int _disposed;

    private ContainerShimEngine(ContainerShimOptions options)
    {
        Identifiers.Validate(options.Namespace);
        ILogger logger = new UnfailingLogger(options.LoggerFactory.CreateLogger("ContainerShim.Sdk"));
        _host = new LinuxHost(logger, options.BecomeSubreaper, isShared: true);
        _channel = options.Publisher is null ? new ChannelEventPublisher() : null;
        _instrumentation = options.Telemetry ? new Instrumentation(options.Namespace, _host.Time) : null;
        IEventPublisher publisher = options.Publisher ?? _channel!;
        _events = new EventLog(
            options.Namespace, _instrumentation?.Around(publisher) ?? publisher, options.EventLog, _host.Time, logger, observer: _instrumentation?.EventObserver);
        IOciRuntime runtime = options.Runtime ?? _host.Runtime;
        _leaveRunning = options.LeaveRunning;
        _runtimeOptions = options.RuntimeOptions.Root.Length > 0
            ? options.RuntimeOptions
            : options.RuntimeOptions with { Root = Path.Combine(options.StateDirectory, "runtime") };
        _services = new EngineServices
        {
            ContainerdNamespace = options.Namespace,
            Runtime = _instrumentation?.Around(runtime) ?? runtime,
            Monitor = options.Monitor ?? _host.Monitor,
            Cgroups = options.Cgroups ?? _host.Cgroups,
            Events = _events,
            Stdio = _host.Stdio,
            Mounter = _host.Mounter,
            Bundles = _host.Bundles,
            Orphans = _host.Orphans,
            Time = _host.Time,
            Logger = logger,
        };
        _tasks = new ShimTaskService(_services);
        IShimTaskService decorated = options.TaskServiceDecorator?.Invoke(_tasks) ?? _tasks;
        Tasks = _instrumentation?.Around(decorated) ?? decorated;
        _instrumentation?.Observe(_tasks, _events, _host.StdioTotals);
    }

    /// <summary>The task service, for what <see cref="ShimContainer"/> does not offer.</summary>
    public IShimTaskService Tasks { get; }

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
        CreateTaskResult result = await Tasks.CreateAsync(
            new CreateTaskRequest
            {
                Id = id,
                Bundle = Path.GetFullPath(bundlePath),
                Stdio = stdio ?? StdioPaths.None,
                Options = _runtimeOptions,
            },
            cancellationToken).ConfigureAwait(false);
        return new ShimContainer(_tasks, Tasks, id, result.Pid);
    }

    /// <summary>Tells what this engine works with, and asks the runtime for its version.</summary>
    /// <exception cref="ShimException">The runtime cannot be used; the message says why.</exception>
    /// <exception cref="ObjectDisposedException">The engine has ended.</exception>
    public async Task<EngineDescription> DescribeAsync(CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        RuntimeDescription runtime = await _services.Runtime.DescribeAsync(_runtimeOptions, cancellationToken).ConfigureAwait(false);
        return new EngineDescription(
            runtime, CgroupModeDetector.Detect(), _services.Monitor.Abilities, _tasks.Containers.All().Count, _events.Pending);
    }

    /// <summary>
    /// Kills and deletes every container that is left, unless they are to go on running (<see cref="ContainerShimOptions.LeaveRunning"/>),
    /// and ends the engine. A publisher of the host's has 5 s to take the last events.
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        foreach (Container container in _leaveRunning ? [] : _tasks.Containers.All())
        {
            await ShimContainer.RemoveAsync(Tasks, container.Id, SigKill).ConfigureAwait(false);
        }

        if (_channel is null)
        {
            await FlushAsync().ConfigureAwait(false);
        }

        await _events.DisposeAsync().ConfigureAwait(false);
        _instrumentation?.Dispose();
        _host.Dispose();
    }

    private async Task FlushAsync()
    {
        using CancellationTokenSource limit = new(FlushLimit, _host.Time);
        try
        {
            await _events.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _services.Logger.ShutdownTimedOut(_events.Pending);
        }
    }
}
