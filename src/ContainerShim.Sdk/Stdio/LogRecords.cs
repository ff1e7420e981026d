using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Puts one record of a log file together.</summary>
internal static class LogRecords
{
    /// <summary>The longest piece of a line in one record; what is longer is told in several.</summary>
    internal const int LongestPiece = 16 * 1024;

    private const int LongestFrame = 128;
    /// <summary>How long a record of a piece may become at most.</summary>
    internal static int MaxLength(LogFormat format, ReadOnlySpan<byte> piece) =>
        (format == LogFormat.Json ? JsonText.MaxLength(piece) : piece.Length) + LongestFrame;

    /// <summary>Writes a record, and returns its length.</summary>
    /// <param name="target">Has room for <see cref="MaxLength"/>.</param>
    /// <param name="format">Not raw, which has no records.</param>
    /// <param name="piece">A line without its end, or a part of one.</param>
    /// <param name="isWhole">Whether the line ends here.</param>
    /// <param name="stream"><c>stdout</c> or <c>stderr</c>.</param>
    /// <param name="time">When it was read, in UTC.</param>
    internal static int Write(Span<byte> target, LogFormat format, ReadOnlySpan<byte> piece, bool isWhole, string stream, DateTimeOffset time) =>
        format == LogFormat.Cri ? WriteCri(target, piece, isWhole, stream, time) : WriteJson(target, piece, isWhole, stream, time);

    /// <summary><c>TIME STREAM F|P TEXT</c>; P tells that the line goes on in the next record.</summary>
    private static int WriteCri(Span<byte> target, ReadOnlySpan<byte> piece, bool isWhole, string stream, DateTimeOffset time)
    {
        int length = WriteTime(target, time);
        target[length++] = (byte)' ';
        length += Encoding.ASCII.GetBytes(stream, target[length..]);
        length += Append(target[length..], isWhole ? " F "u8 : " P "u8);
        length += Append(target[length..], piece);
        target[length++] = (byte)'\n';
        return length;
    }

    /// <summary><c>{"log":TEXT,"stream":STREAM,"time":TIME}</c>; a text without a line end at its end goes on in the next record.</summary>
    private static int WriteJson(Span<byte> target, ReadOnlySpan<byte> piece, bool isWhole, string stream, DateTimeOffset time)
    {
        int length = Append(target, "{\"log\":\""u8);
        length += JsonText.Escape(target[length..], piece);
        length += Append(target[length..], isWhole ? "\\n\",\"stream\":\""u8 : "\",\"stream\":\""u8);
        length += Encoding.ASCII.GetBytes(stream, target[length..]);
        length += Append(target[length..], "\",\"time\":\""u8);
        length += WriteTime(target[length..], time);
        return length + Append(target[length..], "\"}\n"u8);
    }

    /// <summary>RFC 3339 as Go writes it: as many digits of the second's fraction as it needs, none for a whole second.</summary>
    private static int WriteTime(Span<byte> target, DateTimeOffset time)
    {
        Utf8Formatter.TryFormat(time.UtcDateTime, target, out int length, new StandardFormat('O'));
        length--;
        while (target[length - 1] == (byte)'0')
        {
            length--;
        }

        length -= target[length - 1] == (byte)'.' ? 1 : 0;
        target[length++] = (byte)'Z';
        return length;
    }

    private static int Append(Span<byte> target, ReadOnlySpan<byte> text)
    {
        text.CopyTo(target);
        return text.Length;
    }
}
