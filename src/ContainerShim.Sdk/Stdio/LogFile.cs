using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// A log file, for all streams that go there. Output is put together here and written on the thread of the file's lane, so that a disk holds
/// up neither the reactor nor, for longer than <see cref="FileLane.StallLimit"/>, a process: what comes while a disk that does not answer
/// has no room left is dropped, and told in the file later. Used on the reactor's thread once it is open, but for what says otherwise.
/// </summary>
internal sealed class LogFile
{
    /// <summary>
    /// How much memory may wait for the disk before the process waits too: 1 MiB a file, and what came of the last read, which is 900 KiB at
    /// most (8192 empty lines in JSON). <see cref="FileLane.Capacity"/> bounds all files of a file system together.
    /// </summary>
    internal const int Capacity = 1024 * 1024;

    private readonly StdioServices _services;
    private readonly ILogTarget _target;
    private readonly string _path;
    private readonly bool _isRaw;
    private readonly LogLoss _dropped = new();
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<Action> _pumps = [];
    private readonly Lock _lock = new();
    private readonly List<LogChunk> _ready = [];
    private FileLane _lane = null!;
    private LogWriter _writer = null!;
    private LogChunk? _open;
    private LogChunk? _current;
    private int _waiting;
    private bool _scheduled;
    private bool _closing;
    private bool _isDropping;
    private bool _awaitsRoom;
    private ITimer? _patience;

    /// <summary>Begins to open the file.</summary>
    /// <param name="services">Lanes and a clock.</param>
    /// <param name="target">The file; it is disposed at the end.</param>
    /// <param name="path">Its name for messages.</param>
    /// <param name="format">How output is written.</param>
    internal LogFile(StdioServices services, ILogTarget target, string path, LogFormat format)
    {
        _services = services;
        _target = target;
        _path = path;
        _isRaw = format == LogFormat.Raw;
        Format = format;
        Opened = OpenAsync();
    }

    internal LogFormat Format { get; }

    /// <summary>Ends when the file is open, and faults as <see cref="ILogTarget.Open"/> does.</summary>
    internal Task Opened { get; }

    /// <summary>How many streams go there; kept by <see cref="LogFiles"/>.</summary>
    internal int Streams { get; set; }

    /// <summary>Whether output may be added now; when there is room again, or no hope for it, <paramref name="pump"/> is called back.</summary>
    internal bool HasRoom(Action pump)
    {
        lock (_lock)
        {
            if (_isDropping || (_waiting < Capacity && _lane.HasRoom))
            {
                return true;
            }
        }

        AwaitRoom();
        if (_lane.IsStalled)
        {
            BeginDropping();
            return true;
        }

        if (!_pumps.Contains(pump))
        {
            _pumps.Add(pump);
        }

        _patience ??= _services.Time.CreateTimer(_ => _services.Reactor.Post(Pump), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _patience.Change(FileLane.StallLimit / 4, Timeout.InfiniteTimeSpan);
        return false;
    }

    /// <summary>Room for a record, which <see cref="Commit"/> then adds, or for a part of raw output.</summary>
    internal Span<byte> Reserve(int length)
    {
        if (_open is not null && _open.Room < length)
        {
            Flush();
        }

        _open ??= TakeBack(length) ?? new LogChunk(_isRaw, length);
        return _open.Rest;
    }

    /// <summary>Adds what was put into the reserved room.</summary>
    /// <param name="length">Its length.</param>
    /// <param name="payload">How many bytes of output it tells.</param>
    /// <param name="endsLine">Whether a line of the output ends there.</param>
    /// <param name="startsLine">Whether the file may end before it.</param>
    /// <param name="counters">Whose output it is.</param>
    internal void Commit(int length, int payload, bool endsLine, bool startsLine, StreamCounters counters) =>
        _open!.Add(new LogMark(_open.Length + length, payload, endsLine, startsLine, counters));

    /// <summary>Hands on what was added. To be called before a callback ends.</summary>
    internal void Flush()
    {
        if (_open is not { } chunk)
        {
            return;
        }

        _open = null;
        if (_isDropping)
        {
            chunk.Lose(0, _dropped);
        }

        HandOn(chunk);
    }

    /// <summary>Calls back, on any thread, when all that was handed on so far has been written or lost.</summary>
    internal void WhenWritten(Action action)
    {
        lock (_lock)
        {
            if ((_ready.Count > 0 ? _ready[^1] : _current) is { } last)
            {
                last.WhenDone(action);
                _lane.Hurry();
                return;
            }
        }

        action();
    }

    /// <summary>Ends when all that was handed on so far has been written or lost. From any thread.</summary>
    internal Task WrittenAsync()
    {
        if (!Opened.IsCompletedSuccessfully)
        {
            return Task.CompletedTask;
        }

        TaskCompletionSource written = new(TaskCreationOptions.RunContinuationsAsynchronously);
        _services.Reactor.Post(() => WhenWritten(written.SetResult));
        return written.Task;
    }

    /// <summary>Closes the file when all has been written, though that may be long after the last stream is gone. From any thread.</summary>
    internal async Task CloseAsync()
    {
        try
        {
            await Opened.ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ShimException)
        {
            _target.Dispose();
            return;
        }

        _services.Reactor.Post(Close);
        await _closed.Task.ConfigureAwait(false);
    }

    /// <summary>Whether what is ready is so much that more needs not be waited for; under the lock.</summary>
    private bool IsWorthWriting => _ready.Count > 1 || _ready[0].Length >= LogChunk.UsualSize / 2;

    private async Task OpenAsync()
    {
        FileStatus status = await _services.Lanes.OpenAsync(_target.Open).ConfigureAwait(false);
        _lane = _services.Lanes.Of(status);
        _writer = new LogWriter(_services, _lane, _target, _path, Format);
    }

    private void Close()
    {
        _patience?.Dispose();
        UseRoom();

        lock (_lock)
        {
            _closing = true;
            if (!_scheduled)
            {
                _lane.Post(CloseWriter);
            }
        }
    }

    private void HandOn(LogChunk chunk)
    {
        if (!_isDropping)
        {
            chunk.Lost.Take(_dropped);
        }

        if (chunk.Length == 0 && chunk.Lost.IsEmpty)
        {
            chunk.Done();
            return;
        }

        lock (_lock)
        {
            Count(chunk.Footprint);
            _ready.Add(chunk);
            if (!_scheduled)
            {
                _scheduled = true;
                _lane.Post(WriteNext, canPause: !IsWorthWriting);
            }
            else if (IsWorthWriting)
            {
                _lane.Hurry();
            }
        }
    }

    /// <summary>The last chunk, when it has room left and is not being written: so a disk that is slow gets few large ones.</summary>
    private LogChunk? TakeBack(int length)
    {
        lock (_lock)
        {
            if (_isDropping || _ready.Count == 0 || _ready[^1].Room < length)
            {
                return null;
            }

            LogChunk last = _ready[^1];
            _ready.RemoveAt(_ready.Count - 1);
            Count(-last.Footprint);
            return last;
        }
    }

    /// <summary>Writes one chunk, on the lane's thread; then others on the lane have their turn.</summary>
    private void WriteNext()
    {
        LogChunk? chunk;
        lock (_lock)
        {
            _current = chunk = _ready.Count > 0 ? _ready[0] : null;
            if (chunk is not null)
            {
                _ready.RemoveAt(0);
            }
        }

        int footprint = chunk?.Footprint ?? 0;
        if (chunk is not null)
        {
            _writer.Write(chunk);
        }

        lock (_lock)
        {
            _current = null;
            Count(-footprint);
            _scheduled = _ready.Count > 0;
            if (_scheduled)
            {
                _lane.Post(WriteNext, canPause: !IsWorthWriting);
            }
            else if (_closing)
            {
                _lane.Post(CloseWriter);
            }
        }

        chunk?.Done();
    }

    private void CloseWriter()
    {
        try
        {
            _writer.Close();
        }
        finally
        {
            _closed.SetResult();
        }
    }

    private void Count(int bytes)
    {
        _waiting += bytes;
        _lane.Hold(bytes);
    }

    private void AwaitRoom()
    {
        if (!_awaitsRoom)
        {
            _awaitsRoom = true;
            _lane.AddWaiter(TellRoom);
        }
    }

    /// <summary>On the lane's thread: enough room that it is worth waking up somebody?</summary>
    private bool TellRoom()
    {
        lock (_lock)
        {
            if (_waiting > Capacity / 2 || !_lane.HasRoom)
            {
                return false;
            }
        }

        _services.Reactor.Post(UseRoom);
        return true;
    }

    private void UseRoom()
    {
        _awaitsRoom = false;
        _isDropping = false;
        if (!_dropped.IsEmpty)
        {
            HandOn(new LogChunk(_isRaw, 0));
        }

        Pump();
    }

    private void BeginDropping()
    {
        _isDropping = true;
        _dropped.Begin("the disk did not answer in time");
        _writer.LogLosing(_dropped.Reason);
    }

    private void Pump()
    {
        Action[] pumps = [.. _pumps];
        _pumps.Clear();
        foreach (Action pump in pumps)
        {
            pump();
        }
    }
}
