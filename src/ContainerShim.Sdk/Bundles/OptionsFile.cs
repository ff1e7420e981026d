using System.Text.Json;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Bundles;

/// <summary><c>options.json</c>: the fields of <c>containerd.runc.v1.Options</c> in snake case, those with zero values left out.</summary>
internal static class OptionsFile
{
    /// <summary>Options of this type are what the other fields say; those of other types are kept besides, for the runtime that knows them.</summary>
    private const string OwnType = "containerd.runc.v1.Options";

    internal static byte[] Format(RuntimeOptions options)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            Write(writer, "no_pivot_root"u8, options.NoPivotRoot);
            Write(writer, "no_new_keyring"u8, options.NoNewKeyring);
            Write(writer, "shim_cgroup"u8, options.ShimCgroup);
            Write(writer, "io_uid"u8, options.IoUid);
            Write(writer, "io_gid"u8, options.IoGid);
            Write(writer, "binary_name"u8, options.BinaryName);
            Write(writer, "root"u8, options.Root);
            Write(writer, "systemd_cgroup"u8, options.SystemdCgroup);
            Write(writer, "criu_image_path"u8, options.CriuImagePath);
            Write(writer, "criu_work_path"u8, options.CriuWorkPath);
            if (options.Payload is { } payload && payload.TypeUrl != OwnType)
            {
                writer.WriteString("payload_type_url"u8, payload.TypeUrl);
                writer.WriteBase64String("payload"u8, payload.Value.Span);
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>The options, or null where the content is not what <see cref="Format"/> or containerd's shim writes.</summary>
    internal static RuntimeOptions? TryParse(ReadOnlySpan<byte> content)
    {
        RuntimeOptions options = new();
        string payloadType = "";
        byte[] payload = [];
        try
        {
            Utf8JsonReader reader = new(content);
            reader.Read();
            if (reader.TokenType != JsonTokenType.StartObject)
            {
                return null;
            }

            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                switch (name)
                {
                    case "payload_type_url":
                        payloadType = reader.GetString() ?? "";
                        break;
                    case "payload":
                        payload = reader.GetBytesFromBase64();
                        break;
                    default:
                        options = Apply(options, name, ref reader);
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }

        return payloadType.Length > 0 ? options with { Payload = new TypedPayload(payloadType, payload) } : options;
    }

    private static RuntimeOptions Apply(RuntimeOptions options, string name, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case "no_pivot_root":
                return options with { NoPivotRoot = reader.GetBoolean() };
            case "no_new_keyring":
                return options with { NoNewKeyring = reader.GetBoolean() };
            case "shim_cgroup":
                return options with { ShimCgroup = reader.GetString() ?? "" };
            case "io_uid":
                return options with { IoUid = reader.GetUInt32() };
            case "io_gid":
                return options with { IoGid = reader.GetUInt32() };
            case "binary_name":
                return options with { BinaryName = reader.GetString() ?? "" };
            case "root":
                return options with { Root = reader.GetString() ?? "" };
            case "systemd_cgroup":
                return options with { SystemdCgroup = reader.GetBoolean() };
            case "criu_image_path":
                return options with { CriuImagePath = reader.GetString() ?? "" };
            case "criu_work_path":
                return options with { CriuWorkPath = reader.GetString() ?? "" };
            default:
                reader.Skip();
                return options;
        }
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, string value)
    {
        if (value.Length > 0)
        {
            writer.WriteString(name, value);
        }
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, bool value)
    {
        if (value)
        {
            writer.WriteBoolean(name, value);
        }
    }

    private static void Write(Utf8JsonWriter writer, ReadOnlySpan<byte> name, uint value)
    {
        if (value != 0)
        {
            writer.WriteNumber(name, value);
        }
    }
}
