using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk;

/// <summary>The parts that touch the operating system, put together once for an engine or a command of the shim binary.</summary>
internal sealed class LinuxHost : IDisposable
{
    private readonly Reactor _reactor;
    private readonly PidfdProcessMonitor _monitor;
    private readonly OrphanReaper? _orphans;
    private readonly IReaper? _reaper;

    /// <param name="logger">Is told what goes wrong in the background.</param>
    /// <param name="isSubreaper">Whether orphans of containers become children of this process, and are to be reaped.</param>
    /// <param name="isShared">Whether other code in this process may have children of its own.</param>
    /// <param name="makeReaper">Connects to the process that has all children in place of this one; null for none.</param>
    /// <param name="runsExecsInForeground">Whether the runtime's process of an exec stays as its parent.</param>
    /// <exception cref="ShimException">What <paramref name="makeReaper"/> throws.</exception>
    public LinuxHost(ILogger logger, bool isSubreaper, bool isShared, Func<IReactor, IReaper>? makeReaper = null, bool runsExecsInForeground = false)
    {
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
        TimeSpan minimumAge = isShared && _reaper is null ? OrphanReaper.SharedMinimumAge : TimeSpan.Zero;
        _orphans = isSubreaper || _reaper is not null
            ? new OrphanReaper(_reactor, _reaper ?? (IZombies)new OwnZombies(), _monitor, Time, logger, minimumAge)
            : null;
        Spawner = _reaper?.SpawnerFor(_monitor) ?? new PosixSpawner(_monitor);
        Cgroups = new CgroupLoader(_reactor, Time, logger);
        StdioFactory stdio = new(_reactor, Spawner, Time, logger, _reaper);
        Stdio = stdio;
        StdioTotals = stdio.Totals;
        Mounter = new Mounter(Spawner, Time);
        ForegroundExits? foreground = runsExecsInForeground ? new ForegroundExits(_monitor, Time) : null;
        Monitor = foreground ?? (IProcessMonitor)_monitor;
        Runtime = new RuncRuntime(new RuncRuntimeOptions(), Spawner, Time, foreground);
    }

    public TimeProvider Time { get; }

    public IReactor Reactor => _reactor;

    public IProcessSpawner Spawner { get; }

    public IProcessMonitor Monitor { get; }

    public IOrphanPolicy Orphans => _orphans is null ? NoOrphans.Instance : _orphans;

    public ICgroupLoader Cgroups { get; }

    public IStdioFactory Stdio { get; }

    public StdioTotals StdioTotals { get; }

    /// <summary>Holds streams for a later engine; null where nothing does.</summary>
    public IStreamKeeper? StreamKeeper => _reaper;

    public IMounter Mounter { get; }

    public IBundleStore Bundles { get; } = new BundleStore();

    public IOciRuntime Runtime { get; }

    /// <summary>Everything that an earlier engine has left is taken over: the reaper may forget the rest.</summary>
    public void ForgetEarlierEngines() => _reaper?.Retain();

    /// <summary>Leaves the reaper when nothing is left for it, and waits for its end within a bound.</summary>
    public Task EndReaperAsync() => _reaper?.EndAsync(Time) ?? Task.CompletedTask;

    /// <summary>Lets go of processes and their streams without ending anything; to be followed by the disposal.</summary>
    public void Detach() => _reaper?.Dispose();

    public void Dispose()
    {
        _orphans?.Dispose();
        _monitor.Dispose();
        _reaper?.Dispose();
        _reactor.Dispose();
    }
}
