using ContainerShim.Sdk.Diagnostics;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Events;

/// <summary>
/// Every event of a shim, in the order in which it happened. One pump hands them to the publisher, head first, and goes on only when
/// the head was acknowledged; it retries for as long as it takes.
/// </summary>
/// <remarks>
/// containerd's own shim tries five times and lets retried events overtake others, so that an outage of 45 s loses every exit.
/// </remarks>
internal sealed class EventLog : IAsyncDisposable
{
    /// <summary>How far the time of an attempt grows.</summary>
    private const int LongestAttempt = 12;

    private readonly string _containerdNamespace;
    private readonly IEventPublisher _publisher;
    private readonly IBufferingPublisher? _buffer;
    private readonly EventLogOptions _options;
    private readonly TimeProvider _time;
    private readonly ILogger _logger;
    private readonly TaskCreationOptions _completions;
    private readonly Action<EventEnvelope>? _onAppended;
    private readonly IEventObserver? _observer;
    private readonly EventQueue _queue;
    private readonly CancellationTokenSource _stop = new();
    private readonly Lock _lock = new();
    private readonly List<TaskCompletionSource> _flushes = [];
    private long _sequence;
    private bool _pumping;
    private Task _pump = Task.CompletedTask;

    public EventLog(
        string containerdNamespace,
        IEventPublisher publisher,
        EventLogOptions options,
        TimeProvider time,
        ILogger logger,
        TaskCreationOptions completions = TaskCreationOptions.RunContinuationsAsynchronously,
        Action<EventEnvelope>? onAppended = null,
        IEventObserver? observer = null)
    {
        _containerdNamespace = containerdNamespace;
        _publisher = publisher;
        _buffer = PublisherDecorator.FindBuffer(publisher);
        _options = options;
        _time = time;
        _logger = logger;
        _completions = completions;
        _onAppended = onAppended;
        _observer = observer;
        _queue = new EventQueue(options.Capacity);
    }

    /// <summary>How many events have not been acknowledged.</summary>
    public int Pending => _queue.Count + (_buffer?.Pending ?? 0);

    /// <summary>Whether the exit of a container's init process has been logged and not been acknowledged.</summary>
    public bool IsExitPending(string containerId) => _queue.HasExit(containerId, containerId) || _buffer?.HasExit(containerId) == true;

    /// <summary>Logs an event. Never blocks and never fails, so it may be called under a lock that decides the order.</summary>
    public void Append(ShimEvent shimEvent)
    {
        EventEnvelope? givenUp;
        lock (_lock)
        {
            EventEnvelope envelope = new()
            {
                Sequence = ++_sequence,
                Timestamp = _time.GetUtcNow(),
                ContainerdNamespace = _containerdNamespace,
                Event = shimEvent,
            };
            envelope = _observer?.OnLogging(envelope) ?? envelope;
            _onAppended?.Invoke(envelope);
            givenUp = Add(envelope);
        }

        TellGivenUp(givenUp);
    }

    /// <summary>Logs an event that has its place in another log already, and keeps that place.</summary>
    public void Append(EventEnvelope envelope)
    {
        EventEnvelope? givenUp;
        lock (_lock)
        {
            givenUp = Add(envelope);
        }

        TellGivenUp(givenUp);
    }

    /// <summary>Ends when everything that was logged so far has been acknowledged, or when the token fires.</summary>
    /// <exception cref="ObjectDisposedException">The log was disposed of first.</exception>
    public async Task FlushAsync(CancellationToken cancellationToken)
    {
        await FlushQueueAsync(cancellationToken).ConfigureAwait(false);
        if (_buffer is not null)
        {
            await _buffer.FlushAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>Gives up what has not been delivered. Flush first.</summary>
    public async ValueTask DisposeAsync()
    {
        _stop.Cancel();
        Task pump;
        List<TaskCompletionSource> flushes;
        lock (_lock)
        {
            pump = _pump;
            flushes = [.. _flushes];
            _flushes.Clear();
        }

        await pump.ConfigureAwait(false);
        flushes.ForEach(flush => flush.TrySetException(new ObjectDisposedException(nameof(EventLog))));
        await _publisher.DisposeAsync().ConfigureAwait(false);
        _stop.Dispose();
    }

    private async Task FlushQueueAsync(CancellationToken cancellationToken)
    {
        TaskCompletionSource flushed = new(_completions);
        lock (_lock)
        {
            if (!_pumping)
            {
                return;
            }

            ObjectDisposedException.ThrowIf(_stop.IsCancellationRequested, this);

            _flushes.Add(flushed);
        }

        await flushed.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private EventEnvelope? Add(EventEnvelope envelope)
    {
        EventEnvelope? givenUp = _queue.Add(envelope);
        if (!_pumping && !_stop.IsCancellationRequested)
        {
            _pumping = true;
            // A cold start on the pool keeps the publisher's work, and its failures, out of the caller's locks.
            _pump = StartPump();
        }

        return givenUp;
    }

    private void TellGivenUp(EventEnvelope? givenUp)
    {
        if (givenUp is null)
        {
            return;
        }

        // The caller holds the lock that decides the order, which listeners must not be called under.
        Action tell = () =>
        {
            _logger.EventGivenUp(givenUp.Event.Topic, givenUp.Event.ContainerId, _options.Capacity);
            _observer?.OnGivenUp(givenUp);
        };
        if (_completions.HasFlag(TaskCreationOptions.RunContinuationsAsynchronously))
        {
            ThreadPool.UnsafeQueueUserWorkItem(static tell => tell(), tell, preferLocal: false);
        }
        else
        {
            tell();
        }
    }

    private Task StartPump()
    {
        if (!_completions.HasFlag(TaskCreationOptions.RunContinuationsAsynchronously))
        {
            return PumpAsync();
        }

        // The pump outlives the operation whose event starts it: what is ambient there, such as its trace, is not the pump's.
        using AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        return Task.Run(PumpAsync);
    }

    private async Task PumpAsync()
    {
        while (TryPeekOrRest(out EventEnvelope? head))
        {
            if (!await DeliverAsync(head!).ConfigureAwait(false))
            {
                return;
            }

            _queue.Remove(head!);
        }
    }

    private bool TryPeekOrRest(out EventEnvelope? head)
    {
        lock (_lock)
        {
            if (!_stop.IsCancellationRequested && _queue.TryPeek(out head))
            {
                return true;
            }

            head = null;
            _pumping = false;
            if (!_stop.IsCancellationRequested)
            {
                _flushes.ForEach(flush => flush.TrySetResult());
                _flushes.Clear();
            }

            return false;
        }
    }

    /// <summary>Returns false when the log is being disposed of.</summary>
    private async Task<bool> DeliverAsync(EventEnvelope envelope)
    {
        TimeSpan delay = _options.FirstRetryDelay;
        TimeSpan patience = _options.AttemptTimeout;
        for (int attempt = 1; ; attempt++)
        {
            using CancellationTokenSource limit = new(patience, _time);
            try
            {
                await AttemptAsync(envelope, limit.Token).ConfigureAwait(false);
                if (attempt > 1)
                {
                    _logger.EventDeliveredAtLast(envelope.Event.Topic, envelope.Event.ContainerId, attempt);
                }

                return true;
            }
            catch (EventRejectedException e)
            {
                _logger.EventRejected(e, envelope.Event.Topic, envelope.Event.ContainerId);
                return true;
            }
#pragma warning disable CA1031 // whatever the publisher throws, the event has not been delivered
            catch (Exception e)
#pragma warning restore CA1031
            {
                if (_stop.IsCancellationRequested)
                {
                    return false;
                }

                if (attempt == 1)
                {
                    _logger.EventNotDelivered(e, envelope.Event.Topic, envelope.Event.ContainerId);
                }
            }

            patience = limit.IsCancellationRequested ? Shorter(patience * 2, _options.AttemptTimeout * LongestAttempt) : patience;
            try
            {
                await Task.Delay(delay, _time, _stop.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                return false;
            }

            delay = Shorter(delay * 2, _options.LongestRetryDelay);
        }
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private async Task AttemptAsync(EventEnvelope envelope, CancellationToken limit)
    {
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(limit, _stop.Token);
        await _publisher.PublishAsync(envelope, either.Token).ConfigureAwait(false);
    }
}
