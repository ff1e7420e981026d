using System.Buffers;
using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Calling;

/// <summary>A call with one response: unary, or with a stream of requests.</summary>
internal sealed class SingleCall<TRequest, TResponse>(TtrpcChannel channel, Method<TRequest, TResponse> method)
    : ClientCall(channel)
    where TRequest : class
    where TResponse : class
{
    private readonly TaskCompletionSource<TResponse> _response = new(
        channel.ReadsOnOwnThread ? TaskCreationOptions.None : TaskCreationOptions.RunContinuationsAsynchronously);

    internal Task<TResponse> Response => _response.Task;

    internal override ValueTask OnDataAsync(FrameHeader header, ReadOnlySequence<byte> body, PayloadReader reader)
    {
        TryEnd(new Status(StatusCode.Internal, "received data from non-streaming server: protocol error"));
        return ValueTask.CompletedTask;
    }

    protected override void OnSuccess(PayloadReader reader, in ReadOnlySequence<byte> payload)
    {
        TResponse response = reader.Read(method.ResponseMarshaller, payload);
        if (TryEnd(Status.DefaultSuccess))
        {
            _response.TrySetResult(response);
        }
    }

    protected override void OnFailed(RpcException error)
    {
        _response.TrySetException(error);

        // A caller that streams requests may learn of the failure there and never look here.
        _ = _response.Task.Exception;
    }
}
