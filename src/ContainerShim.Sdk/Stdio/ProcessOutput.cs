using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>What a process writes, as a stream of this process. It reads straight from the pipe or terminal, whose capacity is the backpressure.</summary>
internal sealed class ProcessOutput(IReactor reactor, TimeProvider time) : Stream
{
    /// <summary>How long a terminal that hung up is left alone: nobody has its other side open, but the process may open it again.</summary>
    private static readonly TimeSpan HangUpPause = TimeSpan.FromMilliseconds(250);

    private readonly DescriptorEnd _end = new(reactor, PollEvents.Readable);
    private volatile bool _hangUpEnds;
    private volatile bool _emptyEnds;
    private volatile bool _disposed;
    private int _reading;

    /// <inheritdoc/>
    public override bool CanRead => !_disposed;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => false;

    /// <inheritdoc/>
    public override long Length => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <inheritdoc/>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        cancellationToken.ThrowIfCancellationRequested();
        if (Interlocked.Exchange(ref _reading, 1) != 0)
        {
            throw new InvalidOperationException("The stream is being read; it has one reader at a time.");
        }

        try
        {
            return buffer.IsEmpty ? 0 : await ReadSomeAsync(buffer, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    /// <inheritdoc/>
    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException("Read asynchronously: a read may wait for the process.");

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    internal void Attach(SafeFd descriptor) => _end.Attach(descriptor);

    /// <summary>The process has ended: a terminal's hang-up is the end.</summary>
    internal void EndAtHangUp()
    {
        _hangUpEnds = true;
        _end.Nudge();
    }

    /// <summary>The process has ended and is removed: what it left is there to be read, though others may hold the pipe for ever.</summary>
    internal void EndWhenEmpty()
    {
        _hangUpEnds = true;
        _emptyEnds = true;
        _end.Nudge();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _disposed = true;
        _end.Close();
        base.Dispose(disposing);
    }

    private async ValueTask<int> ReadSomeAsync(Memory<byte> buffer, CancellationToken cancellationToken)
    {
        while (true)
        {
            // Before the attempt: what was written before the end is there by then.
            bool emptyEnds = _emptyEnds;
            bool hangUpEnds = _hangUpEnds;
            SafeFd? descriptor = _end.Descriptor;
            int count = descriptor is null ? -Errno.EAGAIN : Read(descriptor, buffer.Span);
            switch (count)
            {
                case > 0:
                    return count;
                case -Errno.EAGAIN when !emptyEnds && !_end.IsClosed:
                    await _end.WaitAsync(cancellationToken).ConfigureAwait(false);
                    break;
                case -Errno.EIO when !hangUpEnds:
                    await PauseAsync(cancellationToken).ConfigureAwait(false);
                    break;
                default:
                    ObjectDisposedException.ThrowIf(_disposed, this);
                    _end.Close();
                    return 0;
            }

            ObjectDisposedException.ThrowIf(_disposed, this);
        }
    }

    private static int Read(SafeFd descriptor, Span<byte> buffer)
    {
        try
        {
            return Libc.Read(descriptor, buffer);
        }
        catch (ObjectDisposedException)
        {
            return 0;
        }
    }

    private async ValueTask PauseAsync(CancellationToken cancellationToken)
    {
        using CancellationTokenSource over = new(HangUpPause, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(over.Token, cancellationToken);
        try
        {
            await _end.WaitForNudgeAsync(either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // Time for another look.
        }
    }
}
