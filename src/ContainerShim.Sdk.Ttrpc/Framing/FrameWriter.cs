using System.Buffers;
using System.IO.Pipelines;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>
/// Sends frames in the order in which they were posted. Whoever finds the writer idle sends, for all who post meanwhile; nobody waits for a
/// lock while bytes move, so a peer that stops reading holds up no thread and no reader (ttrpc#72, #94, #168).
/// </summary>
internal sealed class FrameWriter(PipeWriter output, Action<Exception> onFault)
{
    // What is gathered into one send. More than a page or two gains nothing on a unix socket.
    private const int BatchSize = 16 << 10;

    // A peer that sends calls and reads no answers may make us hold this much before its calls are left unread.
    private const int Backlog = 8 << 20;

    private readonly Lock _lock = new();
    private readonly Queue<FrameBuffer> _queue = new();
    private readonly List<FrameBuffer> _batch = [];
    private bool _sending;
    private int _corkedBy;
    private long _unsent;
    private Exception? _fault;
    private TaskCompletionSource? _idle;
    private TaskCompletionSource? _relieved;

    /// <summary>Whether so much is unsent that no more should be taken on.</summary>
    internal bool IsBacklogged => Volatile.Read(ref _unsent) > Backlog;

    /// <summary>Holds back what the calling thread posts until <see cref="Uncork"/>, so that answers to requests that came together leave together.</summary>
    internal void Cork() => _corkedBy = Environment.CurrentManagedThreadId;

    internal void Uncork()
    {
        _corkedBy = 0;
        Kick();
    }

    /// <summary>Puts a frame in line. Does no I/O, so it may be called under a lock that orders frames; <see cref="Kick"/> must follow outside of it.</summary>
    internal void Post(FrameBuffer frame)
    {
        lock (_lock)
        {
            if (_fault is null)
            {
                _queue.Enqueue(frame);
                _unsent += frame.Length;
                return;
            }
        }

        frame.Release();
    }

    /// <summary>Starts to send what is in line, unless it is being sent already.</summary>
    internal void Kick()
    {
        lock (_lock)
        {
            bool corked = _corkedBy == Environment.CurrentManagedThreadId && _unsent < BatchSize;
            if (corked || _sending || _queue.Count == 0)
            {
                return;
            }

            _sending = true;
        }

        Send();
    }

    /// <summary>Posts a frame and ends when it has left.</summary>
    internal Task SendAsync(FrameBuffer frame)
    {
        Post(frame);
        Kick();
        return WhenSentAsync(frame);
    }

    /// <summary>Ends when a posted frame has left, or fails with what broke the connection.</summary>
    internal Task WhenSentAsync(FrameBuffer frame)
    {
        lock (_lock)
        {
            if (frame.IsSent)
            {
                return Task.CompletedTask;
            }

            return _fault is not null
                ? Task.FromException(_fault)
                : (frame.Sent ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Ends when nothing is left to send, or nothing can be sent any more.</summary>
    internal Task WhenIdleAsync()
    {
        lock (_lock)
        {
            return _sending || _queue.Count > 0
                ? (_idle ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task
                : Task.CompletedTask;
        }
    }

    /// <summary>Ends when <see cref="IsBacklogged"/> does.</summary>
    internal Task WhenRelievedAsync()
    {
        lock (_lock)
        {
            return _unsent > Backlog
                ? (_relieved ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task
                : Task.CompletedTask;
        }
    }

    /// <summary>Drops what is unsent and refuses what follows.</summary>
    internal void Break(Exception fault)
    {
        lock (_lock)
        {
            if (_fault is not null)
            {
                return;
            }

            _fault = fault;
            _unsent = 0;
            while (_queue.TryDequeue(out FrameBuffer? frame))
            {
                frame.Release();
                frame.Sent?.TrySetException(fault);
            }

            Signal();
        }
    }

    private void Send()
    {
        while (TakeBatch())
        {
            ValueTask<FlushResult> flush;
            try
            {
                flush = WriteBatch();
                if (!flush.IsCompleted)
                {
                    _ = SendSlowlyAsync(flush);
                    return;
                }

                flush.GetAwaiter().GetResult();
            }
            catch (Exception e)
            {
                Fail(e);
                return;
            }

            EndBatch();
        }
    }

    private async Task SendSlowlyAsync(ValueTask<FlushResult> flush)
    {
        try
        {
            await flush.ConfigureAwait(false);
        }
        catch (Exception e)
        {
            Fail(e);
            return;
        }

        EndBatch();
        Send();
    }

    private bool TakeBatch()
    {
        lock (_lock)
        {
            int size = 0;
            while (size < BatchSize && _queue.TryDequeue(out FrameBuffer? frame))
            {
                _batch.Add(frame);
                size += frame.Length;
            }

            _sending = _batch.Count > 0;
            if (!_sending)
            {
                _idle?.TrySetResult();
                _idle = null;
            }

            return _sending;
        }
    }

    private ValueTask<FlushResult> WriteBatch()
    {
        if (_batch.Count == 1)
        {
            // Goes out from where it was encoded: the socket's writer copies nothing it can send at once.
            return output.WriteAsync(_batch[0].Memory);
        }

        int size = 0;
        foreach (FrameBuffer frame in _batch)
        {
            size += frame.Length;
        }

        Span<byte> span = output.GetSpan(Math.Min(size, BatchSize));
        int used = 0;
        foreach (FrameBuffer frame in _batch)
        {
            if (frame.Length <= span.Length - used)
            {
                frame.Memory.Span.CopyTo(span[used..]);
                used += frame.Length;
                continue;
            }

            output.Advance(used);
            output.Write(frame.Memory.Span);
            span = output.GetSpan();
            used = 0;
        }

        output.Advance(used);
        return output.FlushAsync();
    }

    private void EndBatch()
    {
        lock (_lock)
        {
            foreach (FrameBuffer frame in _batch)
            {
                _unsent = Math.Max(0, _unsent - frame.Length);
                frame.Release();
                frame.IsSent = true;
                frame.Sent?.TrySetResult();
            }

            _batch.Clear();
            if (_unsent <= Backlog)
            {
                _relieved?.TrySetResult();
                _relieved = null;
            }
        }
    }

    private void Fail(Exception fault)
    {
        Break(new IOException(Texts.Closed, fault));
        lock (_lock)
        {
            _sending = false;
            foreach (FrameBuffer frame in _batch)
            {
                frame.Sent?.TrySetException(_fault!);
            }

            _batch.Clear();
            Signal();
        }

        onFault(fault);
    }

    private void Signal()
    {
        _relieved?.TrySetResult();
        _relieved = null;
        if (!_sending)
        {
            _idle?.TrySetResult();
            _idle = null;
        }
    }
}
