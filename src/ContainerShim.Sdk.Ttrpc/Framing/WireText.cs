using System.Buffers;
using System.Text;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>proto3 strings are valid UTF-8, and a message with another is malformed.</summary>
internal static class WireText
{
    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    internal static string Decode(in ReadOnlySequence<byte> text)
    {
        try
        {
            return text.IsEmpty ? string.Empty : Strict.GetString(text);
        }
        catch (DecoderFallbackException)
        {
            throw new InvalidDataException("string field contains invalid UTF-8");
        }
    }

    /// <summary>Decodes into <paramref name="buffer"/> where it fits, so that looking a name up costs no string.</summary>
    internal static ReadOnlySpan<char> Decode(in ReadOnlySequence<byte> text, Span<char> buffer)
    {
        if (!text.IsSingleSegment || text.Length > buffer.Length)
        {
            return Decode(text);
        }

        ReadOnlySpan<byte> bytes = text.FirstSpan;
        return Ascii.ToUtf16(bytes, buffer, out int written) == OperationStatus.Done ? buffer[..written] : Decode(text);
    }
}
