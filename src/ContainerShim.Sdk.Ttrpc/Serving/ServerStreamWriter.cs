using ContainerShim.Sdk.Ttrpc.Framing;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Serving;

/// <summary>Sends messages on a call's stream. A write ends when the socket has taken the message, so a slow reader slows the handler.</summary>
internal sealed class ServerStreamWriter<T>(ServerCall call, Marshaller<T> marshaller) : IServerStreamWriter<T>
{
    public WriteOptions? WriteOptions { get; set; }

    public Task WriteAsync(T message) => call.SendAsync(DataFrame.Encode(marshaller, message));

    public Task WriteAsync(T message, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        Task writing = WriteAsync(message);
        return writing.IsCompleted ? writing : writing.WaitAsync(cancellationToken);
    }
}
