using System.Text.Json;

namespace ContainerShim.Sdk.Tasks;

/// <summary>Checks JSON that comes with a request before it is passed on as it is: the runtime's own complaint would come later, and from afar.</summary>
internal static class RequestJson
{
    /// <exception cref="ShimException">InvalidArgument: empty, or not one JSON object.</exception>
    public static void Demand(ReadOnlyMemory<byte> json, string what)
    {
        if (json.IsEmpty)
        {
            throw ShimException.InvalidArgument($"the request has no {what}");
        }

        try
        {
            Utf8JsonReader reader = new(json.Span);
            bool isObject = reader.Read() && reader.TokenType == JsonTokenType.StartObject;
            while (reader.Read())
            {
                // Reading is checking.
            }

            if (!isObject)
            {
                throw ShimException.InvalidArgument($"the {what} is not a JSON object");
            }
        }
        catch (JsonException e)
        {
            throw ShimException.InvalidArgument($"the {what} is not valid JSON, line {e.LineNumber + 1}, byte {e.BytePositionInLine + 1}", e);
        }
    }
}
