using System.Buffers;
using System.IO.Pipelines;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>The half that server and client share: takes frames off a transport one by one, and ends when it does.</summary>
internal abstract class FrameConnection : IThreadPoolWorkItem
{
    // A peer that always has more to say must not keep this thread from the other connections it serves.
    private const int MaxReadsInRow = 64;

    private readonly ITtrpcTransport _transport;
    private readonly FrameWatch _watch;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ExecutionContext? _context;
    private FrameHeader _oversized;
    private long _discard;
    private Exception? _reason;

    protected FrameConnection(ITtrpcTransport transport, TimeProvider time, TimeSpan frameTimeout)
    {
        _transport = transport;
        _watch = new FrameWatch(time, frameTimeout, Abort);
        Writer = new FrameWriter(transport.Output, Abort);
    }

    /// <summary>Ends, never with an error, when the connection is closed and its calls have been told.</summary>
    internal Task Ended => _ended.Task;

    internal FrameWriter Writer { get; }

    /// <summary>
    /// Whether reading makes for something to send, so that it must stop while too much is unsent. Where both sides did so, each could wait for
    /// the other for ever.
    /// </summary>
    protected virtual bool AnswersWhatItReads => false;

    protected PayloadReader Payload { get; } = new();

    /// <summary>Closes the connection now; the first reason is the one that is told.</summary>
    internal void Abort(Exception reason)
    {
        Interlocked.CompareExchange(ref _reason, reason, null);
        _transport.Abort();
    }

    /// <summary>Whether the reading thread is this connection's own: reads wait on it, and no other connection is served by it.</summary>
    internal bool OwnsThread { get; set; }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    /// <summary>Reads until the connection ends. Calls are dispatched on the thread that reads.</summary>
    internal async Task RunAsync()
    {
        PipeReader input = _transport.Input;
        _context = ExecutionContext.Capture();
        try
        {
            await ReadAsync(input).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _reason, e, null);
        }

        try
        {
            _watch.Dispose();
            _transport.Abort();
            Writer.Break(new IOException(Texts.Closed, _reason));
            OnClosed(_reason);
            await input.CompleteAsync().ConfigureAwait(false);
            await _transport.DisposeAsync().ConfigureAwait(false);
        }
        catch (Exception e)
        {
            // Nobody is left to be told: the connection is gone either way.
            _ = e;
        }
        finally
        {
            _ended.TrySetResult();
        }
    }

    /// <summary>Takes one frame, whose body is valid until the returned task ends. No further frame is read before.</summary>
    protected abstract ValueTask OnFrameAsync(FrameHeader header, ReadOnlySequence<byte> body);

    /// <summary>Answers a frame that was skipped because its body is longer than allowed.</summary>
    protected abstract void OnOversized(FrameHeader header);

    protected abstract void OnClosed(Exception? reason);

    /// <summary>Undoes what a handler that ran on the reading thread may have left in the execution context.</summary>
    protected void RestoreContext()
    {
        if (_context is not null && !ReferenceEquals(ExecutionContext.Capture(), _context))
        {
            ExecutionContext.Restore(_context);
        }
    }

    private async Task ReadAsync(PipeReader input)
    {
        int inRow = 0;
        while (true)
        {
            ValueTask<ReadResult> reading = input.ReadAsync();
            if (OwnsThread || !reading.IsCompleted)
            {
                inRow = 0;
            }
            else if (++inRow > MaxReadsInRow)
            {
                inRow = 0;
                await Task.Yield();
            }

            ReadResult result = await reading.ConfigureAwait(false);
            ReadOnlySequence<byte> buffer = result.Buffer;
            Writer.Cork();
            try
            {
                while (TryTake(ref buffer, out FrameHeader header, out ReadOnlySequence<byte> body))
                {
                    ValueTask taken = OnFrameAsync(header, body);
                    if (!taken.IsCompletedSuccessfully)
                    {
                        Writer.Uncork();
                        _watch.Stop();
                        if (OwnsThread)
                        {
                            taken.AsTask().GetAwaiter().GetResult();
                        }
                        else
                        {
                            await taken.ConfigureAwait(false);
                        }

                        Writer.Cork();
                    }
                }
            }
            finally
            {
                Writer.Uncork();
            }

            bool partial = !buffer.IsEmpty || _discard > 0;
            input.AdvanceTo(buffer.Start, buffer.End);
            if (result.IsCompleted || result.IsCanceled)
            {
                return;
            }

            if (AnswersWhatItReads && Writer.IsBacklogged)
            {
                _watch.Stop();
                await Writer.WhenRelievedAsync().ConfigureAwait(false);
            }

            _watch.Set(partial);
        }
    }

    private bool TryTake(ref ReadOnlySequence<byte> buffer, out FrameHeader header, out ReadOnlySequence<byte> body)
    {
        header = default;
        body = default;
        while (true)
        {
            if (_discard > 0 && !TryDiscard(ref buffer))
            {
                return false;
            }

            if (buffer.Length < FrameHeader.Size)
            {
                return false;
            }

            header = ReadHeader(buffer);
            if (header.Length >= FrameLimits.Reserved)
            {
                throw new InvalidDataException($"ttrpc: frame of {header.Length} bytes");
            }

            if (header.Length <= FrameLimits.MaxBody)
            {
                break;
            }

            buffer = buffer.Slice(FrameHeader.Size);
            _discard = header.Length;
            _oversized = header;
        }

        if (buffer.Length < FrameHeader.Size + header.Length)
        {
            return false;
        }

        body = buffer.Slice(FrameHeader.Size, header.Length);
        buffer = buffer.Slice(body.End);
        _watch.Stop();
        return true;
    }

    private bool TryDiscard(ref ReadOnlySequence<byte> buffer)
    {
        long taken = Math.Min(_discard, buffer.Length);
        buffer = buffer.Slice(taken);
        _discard -= taken;
        if (_discard > 0)
        {
            return false;
        }

        _watch.Stop();
        OnOversized(_oversized);
        return true;
    }

    private static FrameHeader ReadHeader(in ReadOnlySequence<byte> buffer)
    {
        ReadOnlySpan<byte> first = buffer.FirstSpan;
        if (first.Length >= FrameHeader.Size)
        {
            return FrameHeader.Read(first);
        }

        Span<byte> header = stackalloc byte[FrameHeader.Size];
        buffer.Slice(0, FrameHeader.Size).CopyTo(header);
        return FrameHeader.Read(header);
    }
}
