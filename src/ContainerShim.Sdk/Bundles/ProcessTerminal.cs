using System.Buffers;
using System.Text.Json;

namespace ContainerShim.Sdk.Bundles;

/// <summary>Sets <c>terminal</c> in the JSON of an OCI process: the streams that a request asks for decide, whatever its specification says.</summary>
internal static class ProcessTerminal
{
    /// <summary>The process with the value set. Every other byte stays, and all do where it is set already.</summary>
    /// <param name="process">A JSON object.</param>
    /// <param name="terminal">The value; absent means false.</param>
    internal static ReadOnlyMemory<byte> Set(ReadOnlyMemory<byte> process, bool terminal)
    {
        ReadOnlySpan<byte> json = process.Span;
        ReadOnlySpan<byte> value = terminal ? "true"u8 : "false"u8;
        ArrayBufferWriter<byte> result = new(json.Length + 16);
        Utf8JsonReader reader = new(json);
        int open = 0;
        int copied = 0;
        bool isThere = false;
        while (reader.Read())
        {
            if (reader.TokenType == JsonTokenType.StartObject && reader.CurrentDepth == 0)
            {
                open = (int)reader.BytesConsumed;
            }

            if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1 || !reader.ValueTextEquals("terminal"u8))
            {
                continue;
            }

            reader.Read();
            int start = (int)reader.TokenStartIndex;
            reader.Skip();
            result.Write(json[copied..start]);
            result.Write(value);
            copied = (int)reader.BytesConsumed;
            isThere = true;
        }

        if (!isThere && terminal)
        {
            result.Write(json[..open]);
            result.Write(json[open..].TrimStart(" \t\r\n"u8).StartsWith("}"u8) ? "\"terminal\":true"u8 : "\"terminal\":true,"u8);
            copied = open;
        }

        result.Write(json[copied..]);
        return result.WrittenSpan.SequenceEqual(json) ? process : result.WrittenMemory;
    }
}
