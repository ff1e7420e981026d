using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Moves one stream into a log file.</summary>
internal sealed class LogMover : IRelayMover
{
    /// <summary>How much is read at a time where each line becomes a record, which may be many times as long.</summary>
    private const int FramedRead = 8 * 1024;

    /// <summary>Room that is not worth filling up, where there is more to be put there.</summary>
    private const int SmallestPiece = 4 * 1024;

    private readonly StdioServices _services;
    private readonly SafeFd _source;
    private readonly LogFile _file;
    private readonly StreamCounters _counters;
    private readonly Action _onRoom;
    private readonly LineSplitter? _lines;
    private bool _isInLine;
    private bool _ended;

    internal LogMover(StdioServices services, SafeFd source, LogFile file, StreamCounters counters, Action onRoom)
    {
        _services = services;
        _source = source;
        _file = file;
        _counters = counters;
        _onRoom = onRoom;
        _lines = file.Format == LogFormat.Raw
            ? null
            : new LineSplitter(AddPiece, endsWithReturn: file.Format == LogFormat.Cri, keepsCharacters: file.Format == LogFormat.Json);
    }

    /// <inheritdoc/>
    public bool HasPending => false;

    /// <inheritdoc/>
    public bool WantsTarget => false;

    /// <inheritdoc/>
    public void EndSource() => _ended = true;

    /// <inheritdoc/>
    public RelayStep Move(out int moved)
    {
        moved = 0;
        if (!_ended && !_file.HasRoom(_onRoom))
        {
            return RelayStep.NoRoom;
        }

        int count = _ended ? 0 : Libc.Read(_source, _services.Scratch.AsSpan(0, _lines is null ? _services.Scratch.Length : FramedRead));
        if (count <= 0)
        {
            return count switch
            {
                0 => RelayStep.SourceEnded,
                -Errno.EAGAIN => RelayStep.SourceEmpty,
                _ => RelayStep.SourceHungUp,
            };
        }

        moved = count;
        _counters.AddTaken(count);
        ReadOnlySpan<byte> bytes = _services.Scratch.AsSpan(0, count);
        if (_lines is null)
        {
            AddRaw(bytes);
        }
        else
        {
            _lines.Add(bytes);
        }

        _file.Flush();
        return RelayStep.Moved;
    }

    /// <summary>The output has ended: what is left of a line without an end is written.</summary>
    internal void Finish()
    {
        _lines?.Finish();
        _file.Flush();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // The line that has not ended is written by Finish, which comes after.
    }

    private void AddRaw(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            Span<byte> room = _file.Reserve(Math.Min(bytes.Length, SmallestPiece));
            ReadOnlySpan<byte> piece = bytes[..Math.Min(bytes.Length, room.Length)];
            piece.CopyTo(room);
            bool endsLine = piece.EndsWith("\n"u8);
            _file.Commit(piece.Length, piece.Length, endsLine, startsLine: !_isInLine, _counters);
            _isInLine = !endsLine;
            bytes = bytes[piece.Length..];
        }
    }

    private void AddPiece(ReadOnlySpan<byte> piece, bool isWhole)
    {
        Span<byte> room = _file.Reserve(LogRecords.MaxLength(_file.Format, piece));
        int length = LogRecords.Write(room, _file.Format, piece, isWhole, _counters.Name, _services.Time.GetUtcNow());
        _file.Commit(length, piece.Length + (isWhole ? 1 : 0), isWhole, startsLine: true, _counters);
    }
}
