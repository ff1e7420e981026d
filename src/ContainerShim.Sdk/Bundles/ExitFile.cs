using System.Text.Json;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Bundles;

/// <summary><c>exit.json</c>: how the init process ended, for whoever comes after this shim.</summary>
internal static class ExitFile
{
    internal static byte[] Format(ProcessExit exit)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteNumber("pid"u8, exit.Pid);
            writer.WriteNumber("exit_status"u8, exit.ExitCode);
            writer.WriteString("exited_at"u8, exit.ExitedAt);
            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>The exit, or null where the content is not one.</summary>
    internal static ProcessExit? TryParse(ReadOnlySpan<byte> content)
    {
        int? pid = null;
        int? exitCode = null;
        DateTimeOffset? exitedAt = null;
        try
        {
            Utf8JsonReader reader = new(content);
            reader.Read();
            while (reader.TokenType != JsonTokenType.None && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                switch (name)
                {
                    case "pid":
                        pid = reader.GetInt32();
                        break;
                    case "exit_status":
                        exitCode = reader.GetInt32();
                        break;
                    case "exited_at":
                        exitedAt = reader.GetDateTimeOffset();
                        break;
                    default:
                        reader.Skip();
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }

        return pid is { } p && exitCode is { } code && exitedAt is { } at ? new ProcessExit(p, code, at) : null;
    }
}
