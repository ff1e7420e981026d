using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>What a process reads, as a stream of this process. Disposing it is the end of the process's input.</summary>
internal sealed class ProcessInput(IReactor reactor) : Stream
{
    private readonly DescriptorEnd _end = new(reactor, PollEvents.Writable);
    private volatile Action? _onClosed;
    private volatile bool _disposed;
    private int _writing;

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => !_disposed;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (Interlocked.Exchange(ref _writing, 1) != 0)
        {
            throw new InvalidOperationException("The stream is being written to; it has one writer at a time.");
        }

        try
        {
            while (!buffer.IsEmpty)
            {
                buffer = buffer[await WriteSomeAsync(buffer, cancellationToken).ConfigureAwait(false)..];
            }
        }
        finally
        {
            Volatile.Write(ref _writing, 0);
        }
    }

    /// <inheritdoc/>
    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) =>
        throw new NotSupportedException("Write asynchronously: a write may wait for the process.");

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    internal void Attach(SafeFd descriptor) => _end.Attach(descriptor);

    /// <summary>Has something done when the stream is closed; at once when it is.</summary>
    internal void OnClosed(Action action)
    {
        _onClosed = action;
        if (_disposed)
        {
            action();
        }
    }

    /// <summary>Closes it without having done what is to be done when it is closed.</summary>
    internal void LetGo()
    {
        _onClosed = null;
        Dispose();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        _end.Close();
        _onClosed?.Invoke();
        base.Dispose(disposing);
    }

    private async ValueTask<int> WriteSomeAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            SafeFd? descriptor = _end.Descriptor;
            int count = descriptor is null ? -Errno.EAGAIN : Libc.Write(descriptor, buffer.Span);
            if (count >= 0)
            {
                return count;
            }

            if (count != -Errno.EAGAIN)
            {
                throw new IOException($"The process takes no input any more: {LinuxException.Describe(-count)}", -count);
            }

            await _end.WaitAsync(cancellationToken).ConfigureAwait(false);
            ObjectDisposedException.ThrowIf(_disposed, this);
        }
    }
}
