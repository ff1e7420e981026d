using System.Net.Sockets;
using ContainerShim.Sdk.Ttrpc.Interop;

namespace ContainerShim.Sdk.Ttrpc.Sockets;

/// <summary>
/// The little of a stream that a pipe reader and writer need, over a socket: no second buffer, no pump task between socket and reader.
/// Cancellation tokens are not looked at, since registering with one costs more than a read; a pending operation ends with the socket.
/// </summary>
internal sealed class SocketStream(Socket socket) : Stream
{
    public override bool CanRead => true;

    public override bool CanWrite => true;

    public override bool CanSeek => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Whether <see cref="ReadAsync(Memory{byte}, CancellationToken)"/> waits on the thread that calls it.</summary>
    internal bool WaitsInReads { get; set; }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        WaitsInReads ? new ValueTask<int>(Descriptors.Receive(socket.SafeHandle, buffer.Span)) : socket.ReceiveAsync(buffer, SocketFlags.None, CancellationToken.None);

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        // A stream socket's send completes only when all is taken or it failed.
        ValueTask<int> sending = socket.SendAsync(buffer, SocketFlags.None, CancellationToken.None);
        if (!sending.IsCompletedSuccessfully)
        {
            return new ValueTask(sending.AsTask());
        }

        sending.GetAwaiter().GetResult();
        return ValueTask.CompletedTask;
    }

    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();
}
