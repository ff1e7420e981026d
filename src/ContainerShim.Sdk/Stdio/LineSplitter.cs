using System.Buffers;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// Cuts a stream into lines, and lines that are too long into pieces, where containerd's CRI plugin cuts them: a piece is told when its line
/// is known to be longer, and the end of a line is <c>\n</c> or <c>\r\n</c>.
/// </summary>
/// <param name="onPiece">Takes each piece, and whether its line ends there.</param>
/// <param name="endsWithReturn">Whether a <c>\r</c> before the line end belongs to it; otherwise it belongs to the text.</param>
/// <param name="keepsCharacters">Whether a piece must not end inside a character of UTF-8.</param>
internal sealed class LineSplitter(Action<ReadOnlySpan<byte>, bool> onPiece, bool endsWithReturn, bool keepsCharacters) : IDisposable
{
    private const int Limit = LogRecords.LongestPiece;

    private byte[]? _held;
    private int _length;

    /// <summary>Takes the next bytes; keeps a line that has not ended.</summary>
    internal void Add(ReadOnlySpan<byte> bytes)
    {
        int end;
        while ((end = bytes.IndexOf((byte)'\n')) >= 0)
        {
            if (_length == 0)
            {
                TellLine(bytes[..end]);
            }
            else
            {
                Hold(bytes[..end]);
                TellLine(_held.AsSpan(0, _length));
                _length = 0;
            }

            bytes = bytes[(end + 1)..];
        }

        Hold(bytes);
    }

    /// <summary>Tells what is left without a line end.</summary>
    internal void Finish()
    {
        if (_length > 0)
        {
            onPiece(_held.AsSpan(0, _length), false);
        }

        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _length = 0;
        if (_held is { } held)
        {
            _held = null;
            ArrayPool<byte>.Shared.Return(held);
        }
    }

    private void TellLine(ReadOnlySpan<byte> line)
    {
        if (endsWithReturn && line.EndsWith("\r"u8))
        {
            line = line[..^1];
        }

        while (line.Length > Limit)
        {
            int cut = CutOf(line);
            onPiece(line[..cut], false);
            line = line[cut..];
        }

        onPiece(line, true);
    }

    private void Hold(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            // Two more than a piece: the line may end in \r, which is not told, and then its end is still to come.
            _held ??= ArrayPool<byte>.Shared.Rent(Limit + 2);
            int count = Math.Min(bytes.Length, Limit + 2 - _length);
            bytes[..count].CopyTo(_held.AsSpan(_length));
            _length += count;
            bytes = bytes[count..];
            TellFullPiece();
        }
    }

    private void TellFullPiece()
    {
        Span<byte> held = _held.AsSpan(0, _length);
        if (_length <= Limit || (_length == Limit + 1 && endsWithReturn && held[Limit] == '\r'))
        {
            return;
        }

        int cut = CutOf(held);
        onPiece(held[..cut], false);
        held[cut..].CopyTo(held);
        _length -= cut;
    }

    /// <summary>Where to cut what is longer than a piece.</summary>
    private int CutOf(ReadOnlySpan<byte> line)
    {
        int cut = Limit;
        for (int back = 0; keepsCharacters && back < 3 && IsContinuation(line[cut]); back++)
        {
            cut--;
        }

        return IsContinuation(line[cut]) && keepsCharacters ? Limit : cut;
    }

    private static bool IsContinuation(byte value) => (value & 0xC0) == 0x80;
}
