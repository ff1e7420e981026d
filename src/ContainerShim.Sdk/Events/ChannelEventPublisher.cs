using System.Threading.Channels;

namespace ContainerShim.Sdk.Events;

/// <summary>Delivers events to a reader in this process. Safe for use from several threads.</summary>
/// <remarks>
/// An event counts as delivered once it has a place among the <c>capacity</c> that wait for the reader. While there is none, events
/// wait in the shim's log and follow its rules, so a reader that is slow for a while misses nothing.
/// </remarks>
public sealed class ChannelEventPublisher : IEventPublisher
{
    private readonly Channel<EventEnvelope> _channel;

    /// <summary>Creates a publisher.</summary>
    /// <param name="capacity">How many events may wait for the reader.</param>
    public ChannelEventPublisher(int capacity = 1024) => _channel = Channel.CreateBounded<EventEnvelope>(capacity);

    /// <inheritdoc/>
    public async Task PublishAsync(EventEnvelope envelope, CancellationToken cancellationToken = default) =>
        await _channel.Writer.WriteAsync(envelope, cancellationToken).ConfigureAwait(false);

    /// <summary>Reads events in order until the shim is disposed of. Several readers share the events among them.</summary>
    public IAsyncEnumerable<EventEnvelope> ReadAllAsync(CancellationToken cancellationToken = default) =>
        _channel.Reader.ReadAllAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _channel.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
