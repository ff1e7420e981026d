using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Processes;

/// <summary>
/// Watches processes by pidfds on the reactor and collects each by its pidfd; it never waits for "any child", so it takes nothing from
/// other users of the process. Where the process is not a child, its parent is asked, if that works for this engine; else the kernel
/// tells the status once the parent has collected the process (Linux 6.15).
/// </summary>
internal sealed partial class PidfdProcessMonitor : IProcessMonitor, IDisposable
{
    /// <summary>How often each watched process is looked at in case a wake-up was lost.</summary>
    internal static readonly TimeSpan AuditPeriod = TimeSpan.FromSeconds(5);

    /// <summary>How soon one is looked at again that has ended but not been collected by its parent.</summary>
    private static readonly TimeSpan LingerPeriod = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly HashSet<PidfdWatch> _watches = [];
    private readonly IReactor _reactor;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly IStatusSource? _parent;
    private readonly ITimer _auditTimer;
    private readonly Action _audit;
    private bool _disposed;

    /// <summary>Begins to monitor; disposed by its creator after all watches.</summary>
    /// <param name="reactor">Waits.</param>
    /// <param name="time">The clock of the audit and of exits.</param>
    /// <param name="logger">Is told of lost statuses.</param>
    /// <param name="parent">The parent of what is watched; null where that is this process, or any.</param>
    internal PidfdProcessMonitor(IReactor reactor, TimeProvider time, ILogger logger, IStatusSource? parent = null)
    {
        _parent = parent;
        _reactor = reactor;
        _time = time;
        _logger = logger;
        _audit = Audit;
        _auditTimer = time.CreateTimer(_ => _reactor.Post(_audit), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Abilities = DetectAbilities() | (parent is null ? ProcessMonitorAbilities.None : ProcessMonitorAbilities.Descendants);
        if (parent is null && ProcessSetup.IgnoresChildren())
        {
            LogChildrenIgnored(_logger);
        }
    }

    /// <inheritdoc/>
    public ProcessMonitorAbilities Abilities { get; }

    /// <summary>Calls under way whose children are not watched yet.</summary>
    internal ReapHolds Holds { get; } = new();

    /// <summary>For tests: the wake-up of a pid for which this returns true is lost.</summary>
    internal Predicate<int>? LosesWakeUp { get; set; }

    /// <inheritdoc/>
    public IProcessWatch Watch(int pid) => Watch(pid, isOwn: false);

    /// <summary>Watches a process that the engine's spawner made: it is collected as soon as it ends, also when its watch was disposed earlier.</summary>
    internal IProcessWatch WatchOwn(int pid) => Watch(pid, isOwn: true);

    /// <summary>Whether somebody watches a process, so that its status is not the orphan reaper's to take.</summary>
    internal bool IsWatched(int pid)
    {
        lock (_lock)
        {
            foreach (PidfdWatch watch in _watches)
            {
                if (watch.Pid == pid)
                {
                    return true;
                }
            }

            return false;
        }
    }

    /// <summary>Ends all watches: who waits for an exit is told that it will not come.</summary>
    public void Dispose()
    {
        _auditTimer.Dispose();
        PidfdWatch[] left;
        lock (_lock)
        {
            _disposed = true;
            left = [.. _watches];
            _watches.Clear();
        }

        foreach (PidfdWatch watch in left)
        {
            watch.Abandon();
        }
    }

    /// <summary>
    /// Takes the status of a child, if it has ended. The other watches of the same process come back with it, as there is only this one
    /// status: the lock keeps a watch from being made for the zombie between the look and the collection.
    /// </summary>
    internal int Collect(PidfdWatch watch, SafeFd pidfd, out SignalInfo child, out IReadOnlyList<PidfdWatch> others)
    {
        lock (_lock)
        {
            List<PidfdWatch>? found = null;
            foreach (PidfdWatch other in _watches)
            {
                if (other.Pid == watch.Pid && other != watch && !other.IsGone())
                {
                    (found ??= []).Add(other);
                }
            }

            others = found ?? [];
            return Libc.CollectPidfd(pidfd, out child);
        }
    }

    /// <summary>
    /// Signals the group that a process leads. Its number is the group's own until the leader is collected, from which the lock keeps it.
    /// Returns the error number.
    /// </summary>
    internal int SignalGroup(int leader, SafeFd pidfd, int signal)
    {
        lock (_lock)
        {
            int error = Libc.PidfdSendSignal(pidfd, 0);
            return error != 0 ? error : Libc.KillGroup(leader, signal);
        }
    }

    internal ProcessExit MakeExit(int pid, int exitCode) => new(pid, exitCode, _time.GetUtcNow());

    /// <summary>Forgets a watch that has ended or was disposed.</summary>
    internal void Remove(PidfdWatch watch)
    {
        lock (_lock)
        {
            if (_watches.Remove(watch) && _watches.Count == 0)
            {
                _auditTimer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            }
        }
    }

    /// <summary>
    /// Lets the parent collect a process that this watch has not seen end, unless somebody else watches it. Under the lock, so that it does
    /// not come after the pin of another watch.
    /// </summary>
    internal void Unpin(PidfdWatch watch)
    {
        lock (_lock)
        {
            if (!watch.IsOwn && !_watches.Any(other => other.Pid == watch.Pid))
            {
                _parent?.Unpin(watch.Pid);
            }
        }
    }

    /// <summary>Looks again soon at a process that has ended, whose parent has not collected it.</summary>
    internal void LookAgainSoon() => _auditTimer.Change(LingerPeriod, AuditPeriod);

    internal void ReportWakeUpLost(int pid) => LogWakeUpLost(_logger, pid);

    internal void ReportStatusLost(int pid) => LogStatusLost(_logger, pid);

    [LoggerMessage(1101, LogLevel.Warning, "The exit status of process {Pid} cannot be had: it was no child of this process or of its reaper, and the kernel keeps none (before Linux 6.15). 255 is reported")]
    private static partial void LogStatusLost(ILogger logger, int pid);

    [LoggerMessage(1102, LogLevel.Warning, "The wake-up for the end of process {Pid} was lost; the audit found it")]
    private static partial void LogWakeUpLost(ILogger logger, int pid);

    [LoggerMessage(1103, LogLevel.Error, "SIGCHLD is ignored in this process, so exit statuses of children are lost: set its disposition to the default")]
    private static partial void LogChildrenIgnored(ILogger logger);

    private PidfdWatch Watch(int pid, bool isOwn)
    {
        PidfdWatch? watch = null;
        try
        {
            lock (_lock)
            {
                ObjectDisposedException.ThrowIf(_disposed, typeof(IProcessMonitor));
                watch = new PidfdWatch(this, _parent, pid, Libc.PidfdOpen(pid), isOwn);
                _watches.Add(watch);
                if (!isOwn)
                {
                    _parent?.Pin(pid);
                }

                if (_watches.Count == 1)
                {
                    _auditTimer.Change(AuditPeriod, AuditPeriod);
                }
            }

            watch.Begin(_reactor);
            return watch;
        }
        catch (LinuxException exception)
        {
            if (watch is not null)
            {
                Remove(watch);
                watch.Release();
                Unpin(watch);
            }

            // EINVAL and ENOENT: not a process's first thread, or a number that no process can have.
            throw exception.Errno is Errno.ESRCH or Errno.EINVAL or Errno.ENOENT
                ? ShimException.NotFound($"process {pid}", exception)
                : exception.ToShimException();
        }
    }

    private void Audit()
    {
        PidfdWatch[] watches;
        lock (_lock)
        {
            watches = [.. _watches];
        }

        Array.ForEach(watches, static watch => watch.Look());
    }

    private static ProcessMonitorAbilities DetectAbilities()
    {
        ProcessMonitorAbilities abilities = ProcessMonitorAbilities.Children;
        if (ProcessSetup.IsSubreaper())
        {
            abilities |= ProcessMonitorAbilities.Descendants;
        }

        // The call itself is of 6.13, where it ignores the request for exit information without an error; hence the version as well.
        using SafeFd self = Libc.PidfdOpen(Environment.ProcessId);
        if (Environment.OSVersion.Version >= new Version(6, 15) && Libc.TryGetPidfdInfo(self, PidfdInfo.ExitMask, out _))
        {
            abilities |= ProcessMonitorAbilities.AnyProcess;
        }

        return abilities;
    }
}
