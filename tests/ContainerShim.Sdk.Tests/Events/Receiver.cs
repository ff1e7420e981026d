using System.Collections.Concurrent;
using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Tests.Events;

/// <summary>Takes events on any thread, and does with them what a test says.</summary>
internal sealed class Receiver : IEventPublisher
{
    private readonly ConcurrentQueue<EventEnvelope> _taken = new();
    private int _disposals;

    /// <summary>What happens to an event before it is taken: it may wait, or fail.</summary>
    internal Func<EventEnvelope, CancellationToken, Task> OnPublish { get; set; } = static (_, _) => Task.CompletedTask;

    internal IEnumerable<EventEnvelope> Taken => _taken;

    internal IEnumerable<long> Sequences => _taken.Select(static envelope => envelope.Sequence);

    internal bool IsDisposed => Volatile.Read(ref _disposals) > 0;

    public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default)
    {
        await OnPublish(envelope, cancellationToken);
        _taken.Enqueue(envelope);
    }

    public ValueTask DisposeAsync()
    {
        Interlocked.Increment(ref _disposals);
        return ValueTask.CompletedTask;
    }
}
