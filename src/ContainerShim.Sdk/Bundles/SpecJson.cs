using System.Buffers;
using System.Text.Json;

namespace ContainerShim.Sdk.Bundles;

/// <summary>Pieces of OCI configurations.</summary>
internal static class SpecJson
{
    /// <summary>One JSON object.</summary>
    internal static byte[] Object(Action<Utf8JsonWriter> writeMembers)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter writer = new(buffer, new JsonWriterOptions { Indented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            writer.WriteStartObject();
            writeMembers(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    internal static void WriteList(Utf8JsonWriter writer, string name, IEnumerable<string> values)
    {
        writer.WriteStartArray(name);
        foreach (string value in values)
        {
            writer.WriteStringValue(value);
        }

        writer.WriteEndArray();
    }

    internal static void WriteMap(Utf8JsonWriter writer, string name, IEnumerable<KeyValuePair<string, string>> values)
    {
        writer.WriteStartObject(name);
        foreach ((string key, string value) in values)
        {
            writer.WriteString(key, value);
        }

        writer.WriteEndObject();
    }

    internal static void WriteUser(Utf8JsonWriter writer, ContainerUser user)
    {
        writer.WriteStartObject("user");
        writer.WriteNumber("uid", user.Uid);
        writer.WriteNumber("gid", user.Gid);
        if (user.AdditionalGids.Count > 0)
        {
            writer.WriteStartArray("additionalGids");
            foreach (uint gid in user.AdditionalGids)
            {
                writer.WriteNumberValue(gid);
            }

            writer.WriteEndArray();
        }

        writer.WriteEndObject();
    }

    /// <summary>
    /// Bounding, effective and permitted, as containerd does: inheritable ones would pass to programs that have file capabilities
    /// (CVE-2022-24769), and ambient ones to users that are not root.
    /// </summary>
    internal static void WriteCapabilities(Utf8JsonWriter writer, IReadOnlyCollection<string> capabilities)
    {
        writer.WriteStartObject("capabilities");
        WriteList(writer, "bounding", capabilities);
        WriteList(writer, "effective", capabilities);
        WriteList(writer, "permitted", capabilities);
        writer.WriteEndObject();
    }

    internal static void WriteConsoleSize(Utf8JsonWriter writer, int columns, int rows)
    {
        if ((columns | rows) != 0)
        {
            writer.WriteStartObject("consoleSize");
            writer.WriteNumber("height", rows);
            writer.WriteNumber("width", columns);
            writer.WriteEndObject();
        }
    }
}
