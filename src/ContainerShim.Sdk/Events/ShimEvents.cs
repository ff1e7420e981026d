namespace ContainerShim.Sdk.Events;

/// <summary>The events of an engine, for any number of readers in this process. Safe for use from several threads.</summary>
/// <remarks>
/// Each reader sees every event from its subscription on, in order, whatever other readers do, and nothing waits for a reader. One that
/// falls behind by more than its capacity loses the oldest events, never exits and deletions; a gap in
/// <see cref="EventEnvelope.Sequence"/> tells.
/// </remarks>
public sealed class ShimEvents
{
    /// <summary>How many events wait for a reader unless it says otherwise.</summary>
    public const int DefaultCapacity = 1024;

    private readonly Lock _lock = new();
    private readonly List<EventSubscription> _subscriptions = [];
    private bool _completed;

    internal ShimEvents()
    {
    }

    /// <summary>Reads the events that happen from now on.</summary>
    /// <remarks>
    /// Each enumeration is a subscription of its own, from its beginning (<c>GetAsyncEnumerator</c>, which <c>await foreach</c> calls at
    /// once) until it is left. It ends when the engine has been disposed of and all events were read.
    /// </remarks>
    /// <param name="capacity">How many events may wait for this reader. Default: <see cref="DefaultCapacity"/>.</param>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is not positive.</exception>
    public IAsyncEnumerable<EventEnvelope> ReadAllAsync(int capacity = DefaultCapacity, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(capacity);
        return new Subscriptions(this, capacity, cancellationToken);
    }

    /// <inheritdoc cref="ReadAllAsync(int, CancellationToken)"/>
    public IAsyncEnumerable<EventEnvelope> ReadAllAsync(CancellationToken cancellationToken) => ReadAllAsync(DefaultCapacity, cancellationToken);

    /// <summary>Passes an event to all readers. Never blocks and never fails.</summary>
    internal void Publish(EventEnvelope envelope)
    {
        lock (_lock)
        {
            foreach (EventSubscription subscription in _subscriptions)
            {
                subscription.Add(envelope);
            }
        }
    }

    /// <summary>Lets the readers end once they have read what there is.</summary>
    internal void Complete()
    {
        lock (_lock)
        {
            _completed = true;
            _subscriptions.ForEach(static subscription => subscription.Complete());
        }
    }

    private EventSubscription Subscribe(int capacity, CancellationToken first, CancellationToken second)
    {
        EventSubscription subscription = new(capacity, Unsubscribe, first, second);
        lock (_lock)
        {
            _subscriptions.Add(subscription);
            if (_completed)
            {
                subscription.Complete();
            }
        }

        return subscription;
    }

    private void Unsubscribe(EventSubscription subscription)
    {
        lock (_lock)
        {
            _subscriptions.Remove(subscription);
        }
    }

    private sealed class Subscriptions(ShimEvents events, int capacity, CancellationToken token) : IAsyncEnumerable<EventEnvelope>
    {
        public IAsyncEnumerator<EventEnvelope> GetAsyncEnumerator(CancellationToken cancellationToken = default) =>
            events.Subscribe(capacity, token, cancellationToken);
    }
}
