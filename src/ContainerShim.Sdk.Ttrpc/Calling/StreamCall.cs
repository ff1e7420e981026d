using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Calling;

/// <summary>A call with a stream of responses.</summary>
internal sealed class StreamCall<TRequest, TResponse>(TtrpcChannel channel, Method<TRequest, TResponse> method, TimeProvider time)
    : ClientCall(channel)
    where TRequest : class
    where TResponse : class
{
    private readonly MessageQueue<TResponse> _responses = new(method.ResponseMarshaller, time);

    internal IAsyncStreamReader<TResponse> Responses => _responses;

    internal override async ValueTask OnDataAsync(FrameHeader header, ReadOnlySequence<byte> body, PayloadReader reader)
    {
        if (!header.Flags.HasFlag(FrameFlags.NoData)
            && await _responses.DeliverAsync(reader, body).ConfigureAwait(false) == Delivery.Full)
        {
            TryEnd(new Status(StatusCode.ResourceExhausted, Texts.StreamFull));
        }
        else if (header.Flags.HasFlag(FrameFlags.RemoteClosed) && TryEnd(Status.DefaultSuccess))
        {
            _responses.Complete(null);
        }
    }

    /// <summary>A response frame ends the stream; where it has a payload, that is the last message (PROTOCOL.md, Response).</summary>
    protected override void OnSuccess(PayloadReader reader, in ReadOnlySequence<byte> payload)
    {
        if (!payload.IsEmpty)
        {
            _ = _responses.DeliverAsync(reader, payload);
        }

        if (TryEnd(Status.DefaultSuccess))
        {
            _responses.Complete(null);
        }
    }

    protected override void OnFailed(RpcException error) => _responses.Complete(error);
}
