using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Events;

/// <summary>Delivers every event to several receivers, each at its own pace. Safe for use from several threads.</summary>
/// <remarks>
/// Each receiver has a log of its own behind the shim's, with its own position, retries and bound. So one that is slow, away or refuses
/// an event neither holds up the others nor makes them see an event twice; it catches up, in order, when it is back. The shim's log
/// counts an event as delivered once it is in all of these logs. The end of a shim waits for them as for its own log.
/// </remarks>
public sealed class CompositeEventPublisher : IEventPublisher, IBufferingPublisher
{
    private readonly EventLog[] _logs;
    private readonly Lock _lock = new();

    /// <summary>How many receivers have yet to acknowledge an exit, by its sequence number. Logs never give exits up.</summary>
    private readonly Dictionary<long, int> _unacknowledged = [];
    private Action<EventEnvelope>? _onExitAcknowledged;
    private int _disposed;

    /// <summary>Creates a publisher, which owns its receivers.</summary>
    /// <param name="receivers">Who gets the events; each is called as an event log calls a publisher.</param>
    /// <param name="options">How each receiver's log deals with it when it is away. Default: null, the defaults of <see cref="EventLogOptions"/>.</param>
    /// <param name="logger">Is told of receivers that are away. Default: null, nobody is.</param>
    /// <param name="time">The clock of the retries. Default: null, the system's.</param>
    /// <exception cref="ArgumentException">There is no receiver.</exception>
    public CompositeEventPublisher(
        IEnumerable<IEventPublisher> receivers, EventLogOptions? options = null, ILogger? logger = null, TimeProvider? time = null)
    {
        ArgumentNullException.ThrowIfNull(receivers);
        // The namespace and the clock of a log stamp events of its own; here they come stamped.
        _logs = [.. receivers.Select(receiver =>
            new EventLog(
                "",
                new ExitAcknowledgements(receiver, Acknowledge),
                options ?? new EventLogOptions(),
                time ?? TimeProvider.System,
                logger ?? NullLogger.Instance))];
        if (_logs.Length == 0)
        {
            throw new ArgumentException("There is no receiver.", nameof(receivers));
        }
    }

    int IBufferingPublisher.Pending => _logs.Max(static log => log.Pending);

    Action<EventEnvelope>? IBufferingPublisher.OnExitAcknowledged
    {
        set => _onExitAcknowledged = value;
    }

    bool IBufferingPublisher.HasExit(string containerId) => Array.Exists(_logs, log => log.IsExitPending(containerId));

    /// <summary>Hands the event to the log of each receiver. Does not wait for the receivers, and so fails only as follows.</summary>
    /// <exception cref="ObjectDisposedException">The publisher was disposed of.</exception>
    /// <exception cref="OperationCanceledException">The token had fired before; no receiver gets the event.</exception>
    public Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled(cancellationToken);
        }

        foreach (EventLog log in _logs)
        {
            log.Append(envelope);
        }

        return Task.CompletedTask;
    }

    /// <summary>Waits until every receiver has acknowledged what was published so far.</summary>
    /// <exception cref="OperationCanceledException">The token fired first.</exception>
    public Task FlushAsync(CancellationToken cancellationToken = default) =>
        Task.WhenAll(_logs.Select(log => log.FlushAsync(cancellationToken)));

    /// <summary>Gives up what has not been delivered, and disposes of the receivers. Flush first.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0)
        {
            await Task.WhenAll(_logs.Select(static log => log.DisposeAsync().AsTask())).ConfigureAwait(false);
        }
    }

    private void Acknowledge(EventEnvelope envelope)
    {
        lock (_lock)
        {
            int left = _unacknowledged.GetValueOrDefault(envelope.Sequence, _logs.Length) - 1;
            if (left > 0)
            {
                _unacknowledged[envelope.Sequence] = left;
                return;
            }

            _unacknowledged.Remove(envelope.Sequence);
        }

        _onExitAcknowledged?.Invoke(envelope);
    }
}
