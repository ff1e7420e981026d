using System.Text.Json;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>Reads the command from a configuration or a process specification.</summary>
internal static class SpecArguments
{
    /// <exception cref="ShimException">Unknown: no configuration, with the words that clients know from runc.</exception>
    public static IReadOnlyList<string> OfBundle(string bundle)
    {
        string path = Path.Join(bundle, "config.json");
        try
        {
            using JsonDocument configuration = JsonDocument.Parse(File.ReadAllBytes(path));
            return configuration.RootElement.TryGetProperty("process", out JsonElement process) ? Read(process) : [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ShimException.Unknown($"OCI runtime create failed: open {path}: no such file or directory", e, ShimErrorReason.RuntimeFailed);
        }
        catch (JsonException e)
        {
            throw ShimException.Unknown($"OCI runtime create failed: {e.Message}", e, ShimErrorReason.RuntimeFailed);
        }
    }

    public static IReadOnlyList<string> OfProcess(ReadOnlyMemory<byte> specification)
    {
        try
        {
            using JsonDocument process = JsonDocument.Parse(specification);
            return Read(process.RootElement);
        }
        catch (JsonException e)
        {
            throw ShimException.Unknown($"OCI runtime exec failed: {e.Message}", e, ShimErrorReason.RuntimeFailed);
        }
    }

    private static string[] Read(JsonElement process) =>
        process.TryGetProperty("args", out JsonElement arguments) && arguments.ValueKind == JsonValueKind.Array
            ? [.. arguments.EnumerateArray().Select(static argument => argument.GetString() ?? "")]
            : [];
}
