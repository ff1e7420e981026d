using System.Diagnostics;

namespace ContainerShim.Sdk.Linux;

/// <summary>A timer of <see cref="ReactorTimeProvider"/>.</summary>
internal sealed class ReactorTimer(ReactorTimers timers, TimerCallback callback, object? state) : ITimer
{
    /// <summary>The longest that a timer of the system takes.</summary>
    private static readonly TimeSpan Longest = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    private readonly long _id = timers.NextId();
    private volatile bool _isDisposed;
    private ITimer? _successor;

    internal static Comparer<ReactorTimer> ByDueTime { get; } =
        Comparer<ReactorTimer>.Create(static (x, y) => x.Due != y.Due ? x.Due.CompareTo(y.Due) : x._id.CompareTo(y._id));

    /// <summary>When it fires next; changed only by <see cref="ReactorTimers"/>, under its lock and outside its set.</summary>
    internal long Due { get; set; }

    /// <summary>Ticks between two calls; 0 to fire once. Changed as <see cref="Due"/> is.</summary>
    internal long Period { get; set; }

    /// <summary>Whether it must never be due again.</summary>
    internal bool IsDisposed => _isDisposed;

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        // As System.Threading.Timer has it: an infinite due time stops the timer, a period of zero or infinity lets it fire once.
        timers.Set(
            this,
            dueTime < TimeSpan.Zero ? null : Stopwatch.GetTimestamp() + ToTicks(dueTime),
            period > TimeSpan.Zero ? ToTicks(period) : 0);
        return !_isDisposed;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        timers.Set(this, null, 0);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>Has a timer of the system call back when this one is due. Under the lock of <see cref="ReactorTimers"/>.</summary>
    internal void GoOn()
    {
        TimeSpan left = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), Due);
        _successor = TimeProvider.System.CreateTimer(
            static state => ((ReactorTimer)state!).FireAsSuccessor(),
            this,
            left > Longest ? Timeout.InfiniteTimeSpan : left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Period > 0 ? Stopwatch.GetElapsedTime(0, Period) : Timeout.InfiniteTimeSpan);
    }

    /// <summary>Undoes <see cref="GoOn"/>, under the same lock.</summary>
    internal void StopGoingOn()
    {
        _successor?.Dispose();
        _successor = null;
    }

    internal void Fire()
    {
        if (!_isDisposed)
        {
            callback(state);
        }
    }

    private void FireAsSuccessor() => timers.Fire(this);

    private static long ToTicks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);
}
