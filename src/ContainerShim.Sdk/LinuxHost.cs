using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk;

/// <summary>
/// The parts that touch the operating system, put together once for an engine or a command of the shim binary. A runtime of one's own
/// starts its processes and signals them with these. Safe for use from several threads.
/// </summary>
/// <remarks>
/// It has one thread and a few descriptors, and no process-wide state: several live side by side. The one that an engine or a shim hands out is
/// theirs, and cannot be disposed of; <see cref="Create"/> makes one that belongs to its caller.
/// </remarks>
public abstract class LinuxHost
{
    /// <summary>For disks to take what was written for log files.</summary>
    private static readonly TimeSpan LogBound = TimeSpan.FromSeconds(5);

    private readonly ILogger _logger;
    private readonly Reactor _reactor;
    private readonly PidfdProcessMonitor _monitor;
    private readonly OrphanReaper? _orphans;
    private readonly IReaper? _reaper;
    private readonly StdioFactory _stdio;

    /// <param name="logger">Is told what goes wrong in the background.</param>
    /// <param name="isSubreaper">Whether orphans of containers become children of this process, and are to be reaped.</param>
    /// <param name="isShared">Whether other code in this process may have children of its own.</param>
    /// <param name="stdio">Where streams may go; null for the defaults.</param>
    /// <param name="runc">How runc is called; null for the defaults.</param>
    /// <param name="makeReaper">Connects to the process that has all children in place of this one; null for none.</param>
    /// <param name="runsExecsInForeground">Whether the runtime's process of an exec stays as its parent.</param>
    /// <exception cref="ShimException">What <paramref name="makeReaper"/> throws.</exception>
    private protected LinuxHost(
        ILogger logger,
        bool isSubreaper,
        bool isShared,
        StdioOptions? stdio = null,
        RuncRuntimeOptions? runc = null,
        Func<IReactor, IReaper>? makeReaper = null,
        bool runsExecsInForeground = false)
    {
        _logger = logger;
        _reactor = new Reactor(logger);
        Time = _reactor.Time;
        try
        {
            _reaper = makeReaper?.Invoke(_reactor);
        }
        catch
        {
            _reactor.Dispose();
            throw;
        }

        _monitor = new PidfdProcessMonitor(_reactor, Time, logger, _reaper);
        bool hasForeignChildren = isShared && _reaper is null;
        _orphans = isSubreaper || _reaper is not null
            ? new OrphanReaper(
                _reactor,
                _reaper ?? (IZombies)new OwnZombies(),
                _monitor,
                Time,
                logger,
                hasForeignChildren ? OrphanReaper.SharedMinimumAge : TimeSpan.Zero,
                hasForeignChildren ? HostSession.Includes : null)
            : null;
        Spawner = _reaper?.SpawnerFor(_monitor) ?? new PosixSpawner(_monitor, groupsAreSessions: isSubreaper && isShared);
        Cgroups = new CgroupLoader(_reactor, Time, logger);
        _stdio = new StdioFactory(_reactor, Spawner, Time, logger, stdio, _reaper);
        Mounter = new Mounter(Spawner, Time);
        ForegroundExits? foreground = runsExecsInForeground ? new ForegroundExits(_monitor, Time) : null;
        Monitor = foreground ?? (IProcessMonitor)_monitor;
        Runtime = new RuncRuntime(runc ?? new RuncRuntimeOptions(), Spawner, Time, foreground);
    }

    /// <summary>The system's clock, with timers that wake no thread of the pool. Their callbacks must not block.</summary>
    public TimeProvider Time { get; }

    /// <summary>Starts child processes of this process.</summary>
    public IProcessSpawner Spawner { get; }

    /// <summary>Watches processes by pidfds and takes the status of nobody else's.</summary>
    public IProcessMonitor Monitor { get; }

    /// <summary>Finds cgroups of Linux, v1 or v2.</summary>
    public ICgroupLoader Cgroups { get; }

    /// <summary>Runs runc, crun, or what the options of a container name.</summary>
    public IOciRuntime Runtime { get; }

    internal IReactor Reactor => _reactor;

    internal IOrphanPolicy Orphans => _orphans is null ? NoOrphans.Instance : _orphans;

    internal IStdioFactory Stdio => _stdio;

    /// <summary>Holds streams for a later engine; null where nothing does.</summary>
    internal IStreamKeeper? StreamKeeper => _reaper;

    internal IMounter Mounter { get; }

    internal IBundleStore Bundles { get; } = new BundleStore();

    /// <summary>Makes one for use beside an engine, or without any.</summary>
    /// <param name="loggerFactory">Where it logs what goes wrong in the background. Default: null, nowhere.</param>
    /// <param name="runc">How <see cref="Runtime"/> calls the runtime's binary. Default: null, with the limits that <see cref="RuncRuntimeOptions"/> names.</param>
    /// <exception cref="ArgumentOutOfRangeException">A time limit that is none.</exception>
    public static OwnedLinuxHost Create(ILoggerFactory? loggerFactory = null, RuncRuntimeOptions? runc = null) => new(
        (loggerFactory ?? NullLoggerFactory.Instance).CreateLogger("ContainerShim.Sdk"), isSubreaper: false, isShared: true, runc: runc);

    /// <summary>
    /// Has the reaper forget what earlier engines had it keep, but for what is watched and taken back by now, and for processes that an
    /// engine may take over yet.
    /// </summary>
    /// <param name="left">Those processes, each with the key of its streams.</param>
    internal void ForgetEarlierEngines(IEnumerable<(string Key, ProcessRecord Record)> left)
    {
        if (_reaper is null)
        {
            return;
        }

        foreach ((string key, ProcessRecord record) in left)
        {
            _reaper.Claim(key);
            if (record.Exit is null && ProcessIdentity.IsThere(record))
            {
                _reaper.Pin(record.Pid);
            }
        }

        _reaper.Retain();
    }

    /// <summary>Waits at the end, within a bound, until log files have all that was written for them; it is told when they do not.</summary>
    internal async Task WaitForLogsAsync()
    {
        try
        {
            await _stdio.LogsWrittenAsync().WaitAsync(LogBound, Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _logger.LogsNotWritten(LogBound.TotalSeconds);
        }
    }

    /// <summary>Leaves the reaper when nothing is left for it, and waits for its end within a bound.</summary>
    internal Task EndReaperAsync() => _reaper?.EndAsync(Time) ?? Task.CompletedTask;

    /// <summary>Learns of no exit any more. Who waits for one gets an <see cref="ObjectDisposedException"/>.</summary>
    internal void StopWatching() => _monitor.Dispose();

    /// <summary>Lets go of processes and their streams without ending anything; to be followed by the disposal.</summary>
    internal void Detach() => _reaper?.Dispose();

    /// <summary>Ends its thread.</summary>
    private protected void End()
    {
        _orphans?.Dispose();
        _monitor.Dispose();
        _reaper?.Dispose();
        _reactor.Dispose();
    }
}
