using System.Diagnostics;

namespace ContainerShim.Sdk.Linux;

/// <summary>A timer of <see cref="ReactorTimeProvider"/>.</summary>
internal sealed class ReactorTimer(ReactorTimers timers, TimerCallback callback, object? state) : ITimer
{
    private readonly long _id = timers.NextId();
    private volatile bool _disposed;

    internal static Comparer<ReactorTimer> ByDueTime { get; } =
        Comparer<ReactorTimer>.Create(static (x, y) => x.Due != y.Due ? x.Due.CompareTo(y.Due) : x._id.CompareTo(y._id));

    /// <summary>When it fires next; changed only by <see cref="ReactorTimers"/>, under its lock and outside its set.</summary>
    internal long Due { get; set; }

    /// <summary>Ticks between two calls; 0 to fire once.</summary>
    internal long Period { get; private set; }

    /// <inheritdoc/>
    public bool Change(TimeSpan dueTime, TimeSpan period)
    {
        if (_disposed)
        {
            return false;
        }

        // As System.Threading.Timer has it: an infinite due time stops the timer, a period of zero or infinity lets it fire once.
        Period = period > TimeSpan.Zero ? ToTicks(period) : 0;
        timers.Set(this, dueTime < TimeSpan.Zero ? null : Stopwatch.GetTimestamp() + ToTicks(dueTime));
        return true;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        timers.Set(this, null);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Fire()
    {
        if (!_disposed)
        {
            callback(state);
        }
    }

    private static long ToTicks(TimeSpan span) => (long)(span.TotalSeconds * Stopwatch.Frequency);
}
