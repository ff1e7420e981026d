using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Moves one stream into a log file, which always has room.</summary>
internal sealed class LogMover : IRelayMover
{
    private readonly StdioServices _services;
    private readonly SafeFd _source;
    private readonly LogFile _file;
    private readonly StreamCounters _counters;
    private readonly LineSplitter? _lines;
    private bool _isInLine;
    private bool _ended;

    internal LogMover(StdioServices services, SafeFd source, LogFile file, StreamCounters counters)
    {
        _services = services;
        _source = source;
        _file = file;
        _counters = counters;
        LogFormat format = file.Options.Format;
        _lines = format == LogFormat.Raw
            ? null
            : new LineSplitter(AddPiece, endsWithReturn: format == LogFormat.Cri, keepsCharacters: format == LogFormat.Json);
    }

    /// <inheritdoc/>
    public bool HasPending => false;

    /// <inheritdoc/>
    public void EndSource() => _ended = true;

    /// <inheritdoc/>
    public RelayStep Move(out int moved)
    {
        moved = 0;
        int count = _ended ? 0 : Libc.Read(_source, _services.Scratch);
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
            int end = bytes.IndexOf((byte)'\n') + 1;
            bool endsLine = end > 0;
            ReadOnlySpan<byte> piece = endsLine ? bytes[..end] : bytes;
            piece.CopyTo(_file.Reserve(piece.Length));
            _file.Commit(piece.Length, piece.Length, endsLine, startsLine: !_isInLine, _counters);
            _isInLine = !endsLine;
            bytes = bytes[piece.Length..];
        }
    }

    private void AddPiece(ReadOnlySpan<byte> piece, bool isWhole)
    {
        Span<byte> room = _file.Reserve(LogRecords.MaxLength(piece.Length));
        int length = LogRecords.Write(room, _file.Options.Format, piece, isWhole, _counters.Name, _services.Time.GetUtcNow());
        _file.Commit(length, piece.Length + (isWhole ? 1 : 0), isWhole, startsLine: true, _counters);
    }
}
