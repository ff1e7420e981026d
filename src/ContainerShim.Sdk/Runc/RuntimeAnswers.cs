using System.Text.Json;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Runc;

/// <summary>Reads what runtimes print. crun prints over many lines what runc prints in one.</summary>
internal static class RuntimeAnswers
{
    /// <summary>The answer of <c>ps --format json</c>: an array of numbers, or <c>null</c>.</summary>
    internal static IReadOnlyList<int> Pids(ReadOnlySpan<byte> answer)
    {
        List<int> pids = [];
        try
        {
            Utf8JsonReader reader = new(answer);
            reader.Read();
            if (reader.TokenType is not (JsonTokenType.StartArray or JsonTokenType.Null))
            {
                throw new JsonException("not an array");
            }

            while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            {
                pids.Add(reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int pid) ? pid : throw new JsonException("not a pid"));
            }
        }
        catch (JsonException exception)
        {
            throw Unreadable("ps", exception);
        }

        return pids;
    }

    /// <summary>The answer of <c>state</c>: an object, of which the status and the pid matter.</summary>
    internal static RuntimeState State(ReadOnlySpan<byte> answer)
    {
        string status = "";
        int pid = 0;
        try
        {
            Utf8JsonReader reader = new(answer);
            while (reader.Read())
            {
                if (reader.TokenType != JsonTokenType.PropertyName || reader.CurrentDepth != 1)
                {
                    continue;
                }

                bool isStatus = reader.ValueTextEquals("status"u8);
                bool isPid = reader.ValueTextEquals("pid"u8);
                reader.Read();
                status = isStatus && reader.TokenType == JsonTokenType.String ? reader.GetString()! : status;
                pid = isPid && reader.TokenType == JsonTokenType.Number && reader.TryGetInt32(out int number) ? number : pid;
            }
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            throw Unreadable("state", exception);
        }

        return status.Length > 0 ? new RuntimeState(status, pid) : throw Unreadable("state", new JsonException("no status"));
    }

    private static ShimException Unreadable(string command, Exception cause) =>
        ShimException.Unknown($"the OCI runtime's answer to {command} cannot be read: {cause.Message}", cause, ShimErrorReason.RuntimeFailed);
}
