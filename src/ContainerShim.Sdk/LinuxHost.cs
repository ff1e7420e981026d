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

    /// <param name="logger">Is told what goes wrong in the background.</param>
    /// <param name="isSubreaper">Whether orphans of containers become children of this process, and are to be reaped.</param>
    /// <param name="isShared">Whether other code in this process may have children of its own.</param>
    /// <param name="stdio">Where streams may go; null for the defaults.</param>
    public LinuxHost(ILogger logger, bool isSubreaper, bool isShared, StdioOptions? stdio = null)
    {
        _reactor = new Reactor(logger);
        Time = _reactor.Time;
        _monitor = new PidfdProcessMonitor(_reactor, Time, logger);
        _orphans = isSubreaper ? new OrphanReaper(_reactor, _monitor, Time, logger, isShared ? OrphanReaper.SharedMinimumAge : TimeSpan.Zero) : null;
        Spawner = new PosixSpawner(_monitor);
        Cgroups = new CgroupLoader(_reactor, Time, logger);
        Stdio = new StdioFactory(_reactor, Spawner, Time, logger, stdio);
        Mounter = new Mounter(Spawner, Time);
        Runtime = new RuncRuntime(new RuncRuntimeOptions(), Spawner, Time);
    }

    public TimeProvider Time { get; }

    public IReactor Reactor => _reactor;

    public IProcessSpawner Spawner { get; }

    public IProcessMonitor Monitor => _monitor;

    public IOrphanPolicy Orphans => _orphans is null ? NoOrphans.Instance : _orphans;

    public ICgroupLoader Cgroups { get; }

    public IStdioFactory Stdio { get; }

    public IMounter Mounter { get; }

    public IBundleStore Bundles { get; } = new BundleStore();

    public IOciRuntime Runtime { get; }

    public void Dispose()
    {
        _orphans?.Dispose();
        _monitor.Dispose();
        _reactor.Dispose();
    }
}
