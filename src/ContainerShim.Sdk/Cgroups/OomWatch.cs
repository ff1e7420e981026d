namespace ContainerShim.Sdk.Cgroups;

/// <summary>Reports each rise of an <see cref="OomSource"/>. All reading happens on the reactor's thread; disposing never waits for it.</summary>
internal sealed class OomWatch : IDisposable
{
    private static readonly TimeSpan FirstRecheck = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LastRecheck = TimeSpan.FromSeconds(1);

    private readonly CgroupHost _host;
    private readonly OomSource _source;
    private readonly Action<long> _onOomKills;
    private readonly ITimer _timer;
    private readonly Lock _lock = new();

    // Guarded by the lock.
    private IDisposable? _subscription;

    // Only on the reactor's thread.
    private long _reported;
    private TimeSpan _recheck;

    private volatile bool _polls;
    private volatile bool _over;

    internal OomWatch(CgroupHost host, OomSource source, Action<long> onOomKills)
    {
        _host = host;
        _source = source;
        _onOomKills = onOomKills;
        _timer = host.Time.CreateTimer(static state => ((OomWatch)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Whether nothing more will be reported: it was disposed, or the cgroup has gone.</summary>
    internal bool IsOver => _over;

    /// <summary>Subscribes, and counts once then: what happened before is not missed.</summary>
    internal void Begin()
    {
        try
        {
            Keep(_source.Subscribe(OnChange));
        }
        catch (IOException exception)
        {
            _source.Read();
            if (!_source.IsGone)
            {
                // Such as EMFILE at the 129th inotify instance of a user, or a kernel without notifications.
                _host.Logger.OomPolled(exception);
                _polls = true;
            }
        }

        _host.Reactor.Post(Check);
    }

    public void Dispose()
    {
        IDisposable? subscription;
        lock (_lock)
        {
            _over = true;
            subscription = _subscription;
            _subscription = null;
        }

        subscription?.Dispose();
        _timer.Dispose();
    }

    private void Keep(IDisposable subscription)
    {
        lock (_lock)
        {
            if (!_over)
            {
                _subscription = subscription;
                return;
            }
        }

        subscription.Dispose();
    }

    private void OnChange()
    {
        if (_source.NotifiesEarly)
        {
            _recheck = FirstRecheck;
        }

        Check();
    }

    private void OnTimer() => _host.Reactor.Post(Check);

    private void Check()
    {
        if (_over)
        {
            return;
        }

        long kills = _source.Read();
        if (kills > _reported)
        {
            _reported = kills;
            _onOomKills(kills);
        }

        if (_source.IsGone)
        {
            Dispose();
        }
        else if (_polls)
        {
            _timer.Change(LastRecheck, Timeout.InfiniteTimeSpan);
        }
        else if (_recheck > TimeSpan.Zero)
        {
            _timer.Change(_recheck, Timeout.InfiniteTimeSpan);
            _recheck = _recheck < LastRecheck ? _recheck * 2 : TimeSpan.Zero;
        }
    }
}
