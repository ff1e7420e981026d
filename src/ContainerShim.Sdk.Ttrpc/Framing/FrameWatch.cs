namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>Ends a connection whose peer began a frame and did not finish it in time. Used by the reading loop only; whole frames cost no timer.</summary>
internal sealed class FrameWatch(TimeProvider time, TimeSpan limit, Action<Exception> onExpired) : IDisposable
{
    private ITimer? _timer;
    private bool _running;

    /// <summary>Counts from the first call with <see langword="true"/>: bytes that trickle in do not extend it.</summary>
    internal void Set(bool partial)
    {
        if (!partial)
        {
            Stop();
        }
        else if (!_running)
        {
            _running = true;
            _timer ??= time.CreateTimer(static state => ((FrameWatch)state!).Expire(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            _timer.Change(limit, Timeout.InfiniteTimeSpan);
        }
    }

    internal void Stop()
    {
        if (_running)
        {
            _running = false;
            _timer!.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        }
    }

    public void Dispose() => _timer?.Dispose();

    private void Expire() => onExpired(new TimeoutException($"ttrpc: frame not complete after {limit}"));
}
