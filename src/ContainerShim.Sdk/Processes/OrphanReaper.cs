using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Processes;

/// <summary>
/// Collects the children nobody watches: double-forked daemons of containers that share the shim's pid namespace become children of a
/// subreaper when they lose their parent, and would stay zombies. For a process that is a subreaper only; an embedding host makes none.
/// </summary>
/// <remarks>
/// <para>
/// The status of an init or exec process must never be taken here, also in the time between its creation by the runtime and its watch.
/// Hence two rules. Where other code may have children in this process, those in its session are left alone for ever
/// (<see cref="HostSession"/>), and another zombie is collected only when it was seen unwatched twice,
/// <see cref="SharedMinimumAge"/> apart, since its owner may be about to collect it. And a runtime call that
/// makes a process runs under <see cref="Hold"/> until the watch is made: a zombie is left alone while any hold goes on that had begun
/// before the zombie was first seen. If a call made the process, its hold had begun by then; once that hold has ended, the process is
/// watched. Holds begun later cannot have made it, so steady traffic of calls does not keep zombies alive. A pid that was collected
/// elsewhere and given out again is told apart by its start time.
/// </para>
/// <para>Whoever adopts processes of an earlier shim holds for as long as that takes.</para>
/// </remarks>
internal sealed partial class OrphanReaper : IOrphanPolicy, IDisposable
{
    /// <summary>The least time between the two sightings in a process that this code does not have for itself.</summary>
    internal static readonly TimeSpan SharedMinimumAge = TimeSpan.FromMilliseconds(500);

    private static readonly TimeSpan ClosePeriod = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan IdlePeriod = TimeSpan.FromSeconds(5);

    private readonly Dictionary<int, Candidate> _candidates = [];
    private readonly List<int> _gone = [];
    private readonly IZombies _zombies;
    private readonly PidfdProcessMonitor _monitor;
    private readonly Predicate<int> _isForeign;
    private readonly TimeSpan _minimumAge;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();
    private int _closeWatchers;
    private long _scan;

    /// <summary>Begins to scan.</summary>
    /// <param name="reactor">Whose thread the scans run on.</param>
    /// <param name="zombies">Where orphans are found.</param>
    /// <param name="monitor">Tells which children are watched.</param>
    /// <param name="time">The clock of the scans.</param>
    /// <param name="logger">Is told of each orphan.</param>
    /// <param name="minimumAge">For how long a zombie must have been seen before it is collected; zero where no other code has children.</param>
    /// <param name="isForeign">Claims children of other code in this process; none by default.</param>
    internal OrphanReaper(
        IReactor reactor, IZombies zombies, PidfdProcessMonitor monitor, TimeProvider time, ILogger logger, TimeSpan minimumAge, Predicate<int>? isForeign = null)
    {
        _minimumAge = minimumAge;
        _zombies = zombies;
        _monitor = monitor;
        _time = time;
        _logger = logger;
        _isForeign = isForeign ?? (static _ => false);
        Action scan = Scan;
        _timer = time.CreateTimer(_ => reactor.Post(scan), null, IdlePeriod, IdlePeriod);
    }

    /// <summary>Keeps processes made from now on from being taken for orphans, until it is disposed. To be held from before a runtime call that makes a process until the process is watched.</summary>
    public IDisposable Hold() => _monitor.Holds.Begin();

    /// <summary>Scans twenty times a second rather than every five seconds, until it is disposed: for as long as a container shares a pid namespace.</summary>
    public IDisposable Expect()
    {
        ChangeCloseWatchers(1);
        return new CloseWatch(this);
    }

    /// <inheritdoc/>
    public void Dispose() => _timer.Dispose();

    [LoggerMessage(1201, LogLevel.Debug, "Collected the orphan {Pid}, exit code {ExitCode}")]
    private static partial void LogCollected(ILogger logger, int pid, int exitCode);

    private void ChangeCloseWatchers(int by)
    {
        lock (_lock)
        {
            _closeWatchers += by;
            TimeSpan period = _closeWatchers > 0 ? ClosePeriod : IdlePeriod;
            // What a container leaves that is gone is collected now, not at the next slow scan.
            _timer.Change(by < 0 ? TimeSpan.Zero : period, period);
        }
    }

    private void Scan() => _zombies.Find(IsKnown, Consider);

    private void Consider(IReadOnlyList<int> zombies)
    {
        _scan++;
        foreach (int pid in zombies)
        {
            if (!IsKnown(pid))
            {
                Consider(pid);
            }
        }

        ForgetUnseen();
    }

    private bool IsKnown(int pid) => _monitor.IsWatched(pid) || _isForeign(pid);

    private void Consider(int pid)
    {
        if (ProcFiles.ReadStartTime(pid) is not { } started)
        {
            return;
        }

        if (!_candidates.TryGetValue(pid, out Candidate? candidate) || candidate.Started != started)
        {
            // The mark is taken after the process was seen: so it comes after the beginning of any call that made it.
            candidate = new Candidate(started, _time.GetTimestamp(), _monitor.Holds.Mark());
            _candidates[pid] = candidate;
        }

        candidate.LastScan = _scan;
        bool old = _time.GetElapsedTime(candidate.FirstSeen) >= _minimumAge;

        // In this order: a call makes the watch first and ends its hold then.
        if (old && _monitor.Holds.AllEndedSince(candidate.Mark) && !IsKnown(pid))
        {
            _candidates.Remove(pid);
            _zombies.Collect(pid, exitCode => LogCollected(_logger, pid, exitCode));
        }
    }

    private void ForgetUnseen()
    {
        _gone.Clear();
        foreach ((int pid, Candidate candidate) in _candidates)
        {
            if (candidate.LastScan != _scan)
            {
                _gone.Add(pid);
            }
        }

        foreach (int pid in _gone)
        {
            _candidates.Remove(pid);
        }
    }

    private sealed record Candidate(ulong Started, long FirstSeen, long Mark)
    {
        internal long LastScan { get; set; }
    }

    private sealed class CloseWatch(OrphanReaper owner) : IDisposable
    {
        private int _disposed;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
            {
                owner.ChangeCloseWatchers(-1);
            }
        }
    }
}
