using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Calling;

/// <summary>Sends a call's requests. A write ends when the socket has taken the message.</summary>
internal sealed class ClientStreamWriter<T>(ClientCall call, Marshaller<T> marshaller) : IClientStreamWriter<T>
{
    private bool _completed;

    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message)
    {
        ThrowIfCompleted();
        return call.SendAsync(DataFrame.Encode(marshaller, message));
    }

    public Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        return WriteAsync(message).WaitAsync(cancellationToken);
    }

    public Task CompleteAsync()
    {
        ThrowIfCompleted();
        _completed = true;
        return call.SendAsync(new FrameBuffer(FrameType.Data, FrameFlags.RemoteClosed | FrameFlags.NoData, FrameBuffer.NoPayloadTag));
    }

    private void ThrowIfCompleted()
    {
        if (_completed)
        {
            throw new InvalidOperationException("The request stream has been completed.");
        }
    }
}
