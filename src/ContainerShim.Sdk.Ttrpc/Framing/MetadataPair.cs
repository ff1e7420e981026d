using System.Buffers;
using System.Text;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>ttrpc.KeyValue between the wire and <see cref="Metadata"/>.</summary>
internal static class MetadataPair
{
    private const string BinarySuffix = "-bin";

    internal static void Add(Metadata metadata, in ReadOnlySequence<byte> pair)
    {
        ReadOnlySequence<byte> key = default, value = default;
        WireReader reader = new(pair);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field, type)
            {
                case (1, WireType.Bytes):
                    key = reader.ReadBytes();
                    break;
                case (2, WireType.Bytes):
                    value = reader.ReadBytes();
                    break;
                default:
                    reader.Skip(field, type);
                    break;
            }
        }

        Add(metadata, WireText.Decode(key), WireText.Decode(value));
    }

    /// <summary>The text that stands for an entry on the wire; ttrpc has strings only, so binary values travel in base64 as over HTTP/2.</summary>
    internal static string Text(Metadata.Entry entry) => entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value;

    private static void Add(Metadata metadata, string key, string value)
    {
        // ttrpc takes any key, gRPC does not: what Metadata cannot hold is left out, as no handler could ask for it.
        if (!IsValidKey(key))
        {
            return;
        }

        metadata.Add(key.EndsWith(BinarySuffix, StringComparison.OrdinalIgnoreCase)
            ? new Metadata.Entry(key, Bytes(value))
            : new Metadata.Entry(key, value));
    }

    private static byte[] Bytes(string value)
    {
        byte[] decoded = new byte[value.Length];
        return Convert.TryFromBase64String(value, decoded, out int written) ? decoded[..written] : Encoding.UTF8.GetBytes(value);
    }

    private static bool IsValidKey(string key)
    {
        foreach (char c in key)
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('.' or '_' or '-'))
            {
                return false;
            }
        }

        return key.Length > 0;
    }
}
