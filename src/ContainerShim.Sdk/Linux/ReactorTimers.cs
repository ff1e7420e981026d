using System.Diagnostics;

namespace ContainerShim.Sdk.Linux;

/// <summary>The timers of a reactor, in the order in which they are due.</summary>
internal sealed class ReactorTimers(Reactor reactor)
{
    private readonly Lock _lock = new();
    private readonly SortedSet<ReactorTimer> _due = new(ReactorTimer.ByDueTime);
    private long _lastId;
    private bool _goesOnWithout;

    internal long NextId() => Interlocked.Increment(ref _lastId);

    /// <summary>The timers that will fire.</summary>
    internal int Count
    {
        get
        {
            lock (_lock)
            {
                return _due.Count;
            }
        }
    }

    /// <summary>Sets when a timer is due next and how often from then on, in ticks of <see cref="Stopwatch"/>, or takes it out. One that is disposed stays out.</summary>
    internal void Set(ReactorTimer timer, long? due, long period)
    {
        bool first;
        lock (_lock)
        {
            _due.Remove(timer);
            timer.StopGoingOn();
            if (due is null || timer.IsDisposed)
            {
                return;
            }

            timer.Due = due.Value;
            timer.Period = period;
            if (_goesOnWithout)
            {
                timer.GoOn();
                return;
            }

            _due.Add(timer);
            first = _due.Min == timer;
        }

        if (first)
        {
            reactor.WakeUp();
        }
    }

    /// <summary>The timeout for epoll_wait(2): rounded up, so that a timer never fires early; -1 without a timer.</summary>
    internal int MillisecondsToNext()
    {
        lock (_lock)
        {
            if (_due.Min is not { } next)
            {
                return -1;
            }

            double left = (next.Due - Stopwatch.GetTimestamp()) * 1000.0 / Stopwatch.Frequency;
            return left <= 0 ? 0 : (int)Math.Min(Math.Ceiling(left), int.MaxValue);
        }
    }

    /// <summary>Calls back for each timer that is due.</summary>
    internal void RunDue()
    {
        long now = Stopwatch.GetTimestamp();
        while (TakeDue(now) is { } timer)
        {
            Fire(timer);
        }
    }

    /// <summary>Lets the system's timers take over when the reactor's thread ends: whoever waits for a time still sees it pass.</summary>
    internal void GoOnWithout()
    {
        lock (_lock)
        {
            _goesOnWithout = true;
            foreach (ReactorTimer timer in _due)
            {
                timer.GoOn();
            }

            _due.Clear();
        }
    }

    /// <summary>Calls back, and keeps the failure of a callback where it is.</summary>
    internal void Fire(ReactorTimer timer) => reactor.Guard(static state => ((ReactorTimer)state!).Fire(), timer);

    private ReactorTimer? TakeDue(long now)
    {
        lock (_lock)
        {
            if (_due.Min is not { } next || next.Due > now)
            {
                return null;
            }

            _due.Remove(next);
            if (next.Period > 0)
            {
                next.Due = now + next.Period;
                _due.Add(next);
            }

            return next;
        }
    }
}
