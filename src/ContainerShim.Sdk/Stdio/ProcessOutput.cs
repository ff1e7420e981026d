using System.Buffers;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>What a process writes, as a stream of this process. It reads straight from the pipe or terminal, whose capacity is the backpressure.</summary>
internal sealed class ProcessOutput(IReactor reactor, TimeProvider time) : Stream
{
    /// <summary>How long a terminal that hung up is left alone: nobody has its other side open, but the process may open it again.</summary>
    private static readonly TimeSpan HangUpPause = TimeSpan.FromMilliseconds(250);

    private const int CopySize = 64 * 1024;

    /// <summary>More than a pipe or terminal holds, so that one that others go on writing to comes to an end.</summary>
    private const int MostKept = 1024 * 1024;

    private readonly DescriptorEnd _end = new(reactor, PollEvents.Readable);
    private readonly Lock _lock = new();

    // Guarded by the lock, which also keeps what is read in order: no read of a descriptor here waits.
    private ReadOnlyMemory<byte> _kept;
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

    /// <summary>
    /// The process has ended and is removed: what it left is there to be read, though others may hold the pipe for ever. It is kept in
    /// memory, so that whoever neither reads nor disposes of the stream costs no descriptor.
    /// </summary>
    internal void EndWhenEmpty()
    {
        lock (_lock)
        {
            if (!_emptyEnds && !_disposed)
            {
                _kept = TakeRest();
            }

            _hangUpEnds = true;
            _emptyEnds = true;
        }

        _end.Close();
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
            bool isOver = _emptyEnds || _end.IsClosed;
            bool hangUpEnds = _hangUpEnds;
            int count = TryRead(buffer.Span);
            switch (count)
            {
                case > 0:
                    return count;
                case -Errno.EAGAIN when !isOver:
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

    private int TryRead(Span<byte> buffer)
    {
        lock (_lock)
        {
            if (!_kept.IsEmpty)
            {
                int count = Math.Min(_kept.Length, buffer.Length);
                _kept.Span[..count].CopyTo(buffer);
                _kept = _kept[count..];
                return count;
            }

            return _end.Descriptor is { } descriptor ? ReadDescriptor(descriptor, buffer) : -Errno.EAGAIN;
        }
    }

    private ReadOnlyMemory<byte> TakeRest()
    {
        if (_end.Descriptor is not { } descriptor)
        {
            return default;
        }

        ArrayBufferWriter<byte> rest = new();
        byte[] buffer = ArrayPool<byte>.Shared.Rent(CopySize);
        int count;
        while (rest.WrittenCount < MostKept && (count = ReadDescriptor(descriptor, buffer)) > 0)
        {
            rest.Write(buffer.AsSpan(0, count));
        }

        ArrayPool<byte>.Shared.Return(buffer);
        return rest.WrittenMemory;
    }

    private static int ReadDescriptor(SafeFd descriptor, Span<byte> buffer)
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
