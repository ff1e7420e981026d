namespace ContainerShim.Sdk.Linux;

/// <summary>
/// The system's clock with timers that call back on the reactor's thread. Their callbacks must not block: those of the runtime itself
/// (delays, timeouts, cancellation after a time) only complete tasks, whose continuations the reactor's context sends to the thread pool.
/// </summary>
internal sealed class ReactorTimeProvider(ReactorTimers timers) : TimeProvider
{
    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        ReactorTimer timer = new(timers, callback, state);
        timer.Change(dueTime, period);
        return timer;
    }
}
