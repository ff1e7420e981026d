using System.Text.Json;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Adoption;

/// <summary>The form of a record on disk: one JSON object, unknown members of which are skipped.</summary>
internal static class RecordFile
{
    internal static byte[] Format(ProcessRecord record)
    {
        using MemoryStream stream = new();
        using (Utf8JsonWriter writer = new(stream))
        {
            writer.WriteStartObject();
            writer.WriteString("id"u8, record.Id);
            writer.WriteNumber("phase"u8, (int)record.Phase);
            writer.WriteNumber("pid"u8, record.Pid);
            writer.WriteNumber("start_time"u8, record.StartTime);
            writer.WriteString("boot"u8, record.Boot);
            writer.WriteString("stdin"u8, record.Stdio.Stdin);
            writer.WriteString("stdout"u8, record.Stdio.Stdout);
            writer.WriteString("stderr"u8, record.Stdio.Stderr);
            writer.WriteBoolean("terminal"u8, record.Stdio.Terminal);
            writer.WriteString("bundle"u8, record.Bundle);
            writer.WriteBoolean("has_mounts"u8, record.HasMounts);
            writer.WriteNumber("oom_kills"u8, record.OomKills);
            if (record.Cgroup is { } cgroup)
            {
                writer.WriteString("cgroup"u8, cgroup);
            }

            if (record.Exit is { } exit)
            {
                writer.WriteNumber("exit_status"u8, exit.ExitCode);
                writer.WriteString("exited_at"u8, exit.ExitedAt);
                writer.WriteBoolean("oom_killed"u8, exit.OomKilled);
                writer.WriteBoolean("exit_delivered"u8, record.ExitDelivered);
            }

            writer.WriteEndObject();
        }

        return stream.ToArray();
    }

    /// <summary>The record, or null where the content is not one.</summary>
    internal static ProcessRecord? TryParse(ReadOnlySpan<byte> content)
    {
        ProcessRecord record = new() { Id = "" };
        ProcessExit exit = new(0, 0, default);
        bool hasExit = false;
        try
        {
            Utf8JsonReader reader = new(content);
            reader.Read();
            while (reader.TokenType != JsonTokenType.None && reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                string name = reader.GetString()!;
                reader.Read();
                hasExit |= name == "exit_status";
                if (!TryApplyExit(ref exit, name, ref reader))
                {
                    record = Apply(record, name, ref reader);
                }
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }

        record = hasExit ? record with { Exit = exit with { Pid = record.Pid } } : record;
        return record.Id.Length > 0 && Enum.IsDefined(record.Phase) ? record : null;
    }

    private static bool TryApplyExit(ref ProcessExit exit, string name, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case "exit_status":
                exit = exit with { ExitCode = reader.GetInt32() };
                return true;
            case "exited_at":
                exit = exit with { ExitedAt = reader.GetDateTimeOffset() };
                return true;
            case "oom_killed":
                exit = exit with { OomKilled = reader.GetBoolean() };
                return true;
            default:
                return false;
        }
    }

    private static ProcessRecord Apply(ProcessRecord record, string name, ref Utf8JsonReader reader)
    {
        switch (name)
        {
            case "id":
                return record with { Id = reader.GetString() ?? "" };
            case "phase":
                return record with { Phase = (RecordPhase)reader.GetInt32() };
            case "pid":
                return record with { Pid = reader.GetInt32() };
            case "start_time":
                return record with { StartTime = reader.GetUInt64() };
            case "boot":
                return record with { Boot = reader.GetString() ?? "" };
            case "stdin":
                return record with { Stdio = record.Stdio with { Stdin = reader.GetString() ?? "" } };
            case "stdout":
                return record with { Stdio = record.Stdio with { Stdout = reader.GetString() ?? "" } };
            case "stderr":
                return record with { Stdio = record.Stdio with { Stderr = reader.GetString() ?? "" } };
            case "terminal":
                return record with { Stdio = record.Stdio with { Terminal = reader.GetBoolean() } };
            case "bundle":
                return record with { Bundle = reader.GetString() ?? "" };
            case "has_mounts":
                return record with { HasMounts = reader.GetBoolean() };
            case "cgroup":
                return record with { Cgroup = reader.GetString() };
            case "oom_kills":
                return record with { OomKills = reader.GetInt64() };
            case "exit_delivered":
                return record with { ExitDelivered = reader.GetBoolean() };
            default:
                reader.Skip();
                return record;
        }
    }
}
