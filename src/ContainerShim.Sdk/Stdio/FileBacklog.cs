using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// Output in a file, which there is only while more waits than a block. The newest blocks are in memory on their way to the file, and the
/// oldest in memory on its way to the reader; the disk is used on the thread of its lane, one call at a time. What there is no room for is
/// dropped: the newest, since what waits is to arrive whole and in order.
/// </summary>
/// <param name="services">Lanes and a clock.</param>
/// <param name="create">Makes the file.</param>
/// <param name="capacity">How many bytes may wait, in the file and in memory.</param>
/// <param name="counters">What becomes of them.</param>
/// <param name="onChange">Is called when the disk has given or taken something.</param>
internal sealed partial class FileBacklog(
    StdioServices services, Func<ISpillFile> create, long capacity, StreamCounters counters, Action onChange) : IBacklog
{
    /// <summary>How many bytes wait in memory for the disk before the process waits too, or, when the disk has stalled, they are dropped: 1 MiB a stream.</summary>
    private const int LargestTail = 1024 * 1024;

    private readonly Queue<SpillBlock> _tail = new();
    private SpillBlock? _newest;
    private SpillBlock? _head;
    private ISpillFile? _file;
    private FileLane _lane = services.Lanes.Apart();
    private ITimer? _patience;
    private long _tailLength;
    private bool _busy;
    private bool _disposed;
    private bool _failureLogged;

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public bool IsReady => _head is not null;

    /// <inheritdoc/>
    public bool HasRoom()
    {
        if (_tailLength < LargestTail || Length >= capacity || _lane.IsStalled)
        {
            return true;
        }

        _patience ??= services.Time.CreateTimer(_ => services.Reactor.Post(onChange), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _patience.Change(FileLane.StallLimit / 4, Timeout.InfiniteTimeSpan);
        return false;
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        int kept = _tailLength < LargestTail ? (int)Math.Min(bytes.Length, capacity - Length) : 0;
        counters.AddDropped(bytes.Length - kept);
        for (bytes = bytes[..kept]; bytes.Length > 0; bytes = bytes[_newest.Add(bytes)..])
        {
            if (_newest is null || _newest.Room.IsEmpty)
            {
                _tail.Enqueue(_newest = new SpillBlock());
            }
        }

        _tailLength += kept;
        Length += kept;
        Advance();
    }

    /// <inheritdoc/>
    public int WriteTo(SafeFd target)
    {
        int error = 0;
        while (_head is { } head && error == 0)
        {
            int count = Linux.Interop.Libc.Write(target, head.Content);
            error = Math.Min(count, 0);
            head.Remove(Math.Max(count, 0));
            Length -= Math.Max(count, 0);
            if (head.Length == 0)
            {
                head.Dispose();
                _head = null;
                Advance();
            }
        }

        counters.SetWaiting(Length);
        return error;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _disposed = true;
        counters.AddDropped(Length);
        counters.SetWaiting(0);
        Length = 0;
        _patience?.Dispose();
        CloseFile();
        _head?.Dispose();
        _head = null;
        while (_tail.TryDequeue(out SpillBlock? block))
        {
            block.Dispose();
        }
    }

    [LoggerMessage(1402, LogLevel.Warning, "Output of a process that waits for its reader is dropped, since its file fails: {Reason}")]
    private static partial void LogSpillFailed(ILogger logger, string reason);

    /// <summary>Gets the next block ready for the reader, and what comes after it into the file.</summary>
    private void Advance()
    {
        counters.SetWaiting(Length);
        if (_busy)
        {
            return;
        }

        bool fileIsEmpty = _file is not { Length: > 0 };
        if (_head is null && fileIsEmpty)
        {
            // Nothing older waits, so the disk is spared.
            _head = TakeFromTail();
            if (_head is null)
            {
                CloseFile();
            }
        }
        else if (_head is null)
        {
            Begin(_file!, ReadBlock);
        }

        if (!_busy && _tail.Count > 0)
        {
            if (_file is { } file)
            {
                SpillBlock block = TakeFromTail()!;
                Begin(file, file => WriteBlock(file, block));
            }
            else
            {
                Open();
            }
        }
    }

    private SpillBlock? TakeFromTail()
    {
        if (!_tail.TryDequeue(out SpillBlock? block))
        {
            return null;
        }

        _tailLength -= block.Length;
        _newest = _tail.Count == 0 ? null : _newest;
        return block;
    }

    /// <summary>Makes a call on the lane's thread, and goes on with what it returns on the reactor's.</summary>
    private void Begin(ISpillFile file, Func<ISpillFile, Action> call)
    {
        _busy = true;
        _lane.Post(() =>
        {
            Action result = call(file);
            services.Reactor.Post(() =>
            {
                _busy = false;
                result();
                Proceed();
            });
        });
    }

    private void Proceed()
    {
        if (!_disposed)
        {
            Advance();
            onChange();
        }
    }

    /// <summary>On the lane's thread.</summary>
    private Action ReadBlock(ISpillFile file)
    {
        SpillBlock block = new();
        long before = file.Length;
        int error = file.Take(block.Room, out int count);
        long lost = before - file.Length - count;
        block.Grow(count);
        return () =>
        {
            NoteFailure(error);
            Lose(lost);
            if (_disposed || block.Length == 0)
            {
                block.Dispose();
            }
            else
            {
                _head = block;
            }
        };
    }

    /// <summary>On the lane's thread.</summary>
    private Action WriteBlock(ISpillFile file, SpillBlock block)
    {
        long before = file.Length;
        int error = file.Append(block.Content);
        long kept = file.Length - before;
        long lost = block.Length - kept;
        block.Dispose();
        return () =>
        {
            NoteFailure(error);
            counters.AddSpilled(kept);
            Lose(lost);
        };
    }

    private void Open()
    {
        _busy = true;
        FileLane lane = _lane;
        lane.Post(() =>
        {
            ISpillFile? file = null;
            int error = 0;
            try
            {
                file = create();
                lane = services.Lanes.Of(file.Status());
            }
            catch (LinuxException exception)
            {
                error = exception.Errno;
            }

            services.Reactor.Post(() => Opened(file, lane, error));
        });
    }

    private void Opened(ISpillFile? file, FileLane lane, int error)
    {
        _busy = false;
        NoteFailure(error);
        _file = file;
        _lane = lane;
        if (_disposed)
        {
            CloseFile();
        }
        else if (file is null)
        {
            while (TakeFromTail() is { } block)
            {
                Lose(block.Length);
                block.Dispose();
            }
        }

        Proceed();
    }

    /// <summary>Counts what has got lost on the way through the file.</summary>
    private void Lose(long bytes)
    {
        if (!_disposed)
        {
            Length -= bytes;
            counters.AddDropped(bytes);
        }
    }

    private void CloseFile()
    {
        if (_file is { } file)
        {
            _file = null;
            _lane.Post(file.Dispose);
        }
    }

    private void NoteFailure(int error)
    {
        if (error != 0 && !_failureLogged)
        {
            _failureLogged = true;
            LogSpillFailed(services.Logger, LinuxException.Describe(error));
        }
    }
}
