using System.Buffers;
using System.Threading.Channels;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>Messages of a stream that have arrived and are not read yet.</summary>
/// <remarks>
/// Depth and patience are those of ttrpc's stream.go and services.go: 64 messages, then the connection is held up for a second at most, and
/// then this stream is given up so that the others go on (ttrpc#229).
/// </remarks>
internal sealed class MessageQueue<T>(Marshaller<T> marshaller, TimeProvider time) : MessageSink, IAsyncStreamReader<T>
{
    private const int Depth = 64;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    private readonly Channel<T> _channel =
        Channel.CreateBounded<T>(new BoundedChannelOptions(Depth) { SingleReader = true, SingleWriter = true });

    private T? _current;

    public T Current => _current ?? throw new InvalidOperationException("MoveNext has not returned true.");

    public async Task<bool> MoveNext(CancellationToken cancellationToken)
    {
        while (!_channel.Reader.TryRead(out _current))
        {
            if (!await _channel.Reader.WaitToReadAsync(cancellationToken).ConfigureAwait(false))
            {
                return false;
            }
        }

        return true;
    }

    internal override ValueTask<Delivery> DeliverAsync(PayloadReader reader, ReadOnlySequence<byte> payload)
    {
        T message;
        try
        {
            message = reader.Read(marshaller, payload);
        }
        catch (RpcException e)
        {
            Complete(e);
            return ValueTask.FromResult(Delivery.Done);
        }

        return _channel.Writer.TryWrite(message) ? ValueTask.FromResult(Delivery.Done) : WaitAsync(message);
    }

    internal override void Complete(Exception? error) => _channel.Writer.TryComplete(error);

    private async ValueTask<Delivery> WaitAsync(T message)
    {
        using CancellationTokenSource limit = new(Patience, time);
        try
        {
            while (await _channel.Writer.WaitToWriteAsync(limit.Token).ConfigureAwait(false))
            {
                if (_channel.Writer.TryWrite(message))
                {
                    return Delivery.Done;
                }
            }

            return Delivery.Closed;
        }
        catch (OperationCanceledException) when (limit.IsCancellationRequested)
        {
            return Delivery.Full;
        }
        catch (Exception)
        {
            // The channel was completed with an error, which the reader is told.
            return Delivery.Closed;
        }
    }
}
