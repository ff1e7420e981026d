using System.Runtime.CompilerServices;
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

    /// <summary>Is told of each event when its reader has come back for the next one, or left.</summary>
    internal Action<EventEnvelope>? Taken { get; set; }

    /// <summary>Reads events in order until the shim is disposed of. Several readers share the events among them.</summary>
    /// <remarks>
    /// The exit in an event counts as delivered once the reader asks for the next event or leaves the loop: until then an engine that
    /// takes the container over after a crash delivers it again.
    /// </remarks>
    public async IAsyncEnumerable<EventEnvelope> ReadAllAsync([EnumeratorCancellation] CancellationToken cancellationToken = default)
    {
        await foreach (EventEnvelope envelope in _channel.Reader.ReadAllAsync(cancellationToken).ConfigureAwait(false))
        {
            try
            {
                yield return envelope;
            }
            finally
            {
                Taken?.Invoke(envelope);
            }
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _channel.Writer.TryComplete();
        return ValueTask.CompletedTask;
    }
}
