using System.Buffers;
using System.Text;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Text inside a JSON string, escaped as Go's encoder does, whose output tools for docker's logs compare with.</summary>
internal static class JsonText
{
    private const int LongestEscape = 6;

    private static ReadOnlySpan<byte> Digits => "0123456789abcdef"u8;

    private static readonly SearchValues<byte> Special = SearchValues.Create(MakeSpecial());

    /// <summary>How long the text may become at most: what comes before the first character that is perhaps escaped stays as it is.</summary>
    internal static int MaxLength(ReadOnlySpan<byte> text)
    {
        int plain = text.IndexOfAny(Special);
        return plain < 0 ? text.Length : plain + (LongestEscape * (text.Length - plain));
    }

    /// <summary>Writes the text and returns its length, at most <see cref="MaxLength"/>; what is no UTF-8 becomes U+FFFD.</summary>
    internal static int Escape(Span<byte> target, ReadOnlySpan<byte> text)
    {
        int length = 0;
        while (text.Length > 0)
        {
            int plain = text.IndexOfAny(Special);
            plain = plain < 0 ? text.Length : plain;
            text[..plain].CopyTo(target[length..]);
            length += plain;
            text = text[plain..];
            if (text.Length > 0)
            {
                length += text[0] < 0x80 ? EscapeAscii(target[length..], text[0]) : CopyRune(target[length..], text, out plain);
                text = text[(text[0] < 0x80 ? 1 : plain)..];
            }
        }

        return length;
    }

    private static int EscapeAscii(Span<byte> target, byte character)
    {
        target[0] = (byte)'\\';
        target[1] = character switch
        {
            (byte)'\n' => (byte)'n',
            (byte)'\r' => (byte)'r',
            (byte)'\t' => (byte)'t',
            (byte)'"' or (byte)'\\' => character,
            _ => (byte)'u',
        };
        if (target[1] != 'u')
        {
            return 2;
        }

        target[2] = target[3] = (byte)'0';
        target[4] = Digits[character >> 4];
        target[5] = Digits[character & 0xF];
        return 6;
    }

    private static int CopyRune(Span<byte> target, ReadOnlySpan<byte> text, out int consumed)
    {
        OperationStatus status = Rune.DecodeFromUtf8(text, out Rune rune, out consumed);
        if (status != OperationStatus.Done)
        {
            // Go takes one byte at a time for what it cannot decode.
            consumed = 1;
            "\\ufffd"u8.CopyTo(target);
            return 6;
        }

        if (rune.Value is 0x2028 or 0x2029)
        {
            // Line ends in JavaScript.
            "\\u202"u8.CopyTo(target);
            target[5] = Digits[rune.Value & 0xF];
            return 6;
        }

        text[..consumed].CopyTo(target);
        return consumed;
    }

    private static byte[] MakeSpecial()
    {
        List<byte> special = [(byte)'"', (byte)'\\', (byte)'<', (byte)'>', (byte)'&'];
        for (int value = 0; value < 256; value++)
        {
            if (value is < 0x20 or >= 0x80)
            {
                special.Add((byte)value);
            }
        }

        return [.. special];
    }
}
