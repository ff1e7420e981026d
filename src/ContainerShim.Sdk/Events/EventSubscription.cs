using System.Threading.Channels;

namespace ContainerShim.Sdk.Events;

/// <summary>The events that wait for one reader.</summary>
internal sealed class EventSubscription : IAsyncEnumerator<EventEnvelope>
{
    private readonly EventQueue _queue;
    private readonly Action<EventSubscription> _onDispose;
    private readonly CancellationTokenSource _cancellation;

    // Says that the queue has grown; one word is enough for any number of events.
    private readonly Channel<bool> _signal = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
    private EventEnvelope? _current;

    internal EventSubscription(int capacity, Action<EventSubscription> onDispose, CancellationToken first, CancellationToken second)
    {
        _queue = new EventQueue(capacity);
        _onDispose = onDispose;
        _cancellation = CancellationTokenSource.CreateLinkedTokenSource(first, second);
    }

    /// <inheritdoc/>
    public EventEnvelope Current => _current ?? throw new InvalidOperationException("The enumeration has not begun.");

    /// <inheritdoc/>
    public async ValueTask<bool> MoveNextAsync()
    {
        _cancellation.Token.ThrowIfCancellationRequested();
        while (!_queue.TryTake(out _current))
        {
            if (!await _signal.Reader.WaitToReadAsync(_cancellation.Token).ConfigureAwait(false))
            {
                return _queue.TryTake(out _current);
            }

            // Before the next look at the queue: what is added after that look leaves a word of its own.
            _signal.Reader.TryRead(out _);
        }

        return true;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _onDispose(this);
        _cancellation.Dispose();
        return ValueTask.CompletedTask;
    }

    internal void Add(EventEnvelope envelope)
    {
        _queue.Add(envelope);
        _signal.Writer.TryWrite(true);
    }

    internal void Complete() => _signal.Writer.TryComplete();
}
