using System.Text.Json;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>Reads the command from a configuration or a process specification.</summary>
internal static class SpecArguments
{
    /// <param name="bundle">The bundle.</param>
    /// <param name="hasPidNamespace">Whether the container is to have a new pid namespace.</param>
    /// <exception cref="ShimException">Unknown: no configuration, with the words that clients know from runc.</exception>
    public static IReadOnlyList<string> OfBundle(string bundle, out bool hasPidNamespace)
    {
        string path = Path.Join(bundle, "config.json");
        try
        {
            using JsonDocument configuration = JsonDocument.Parse(File.ReadAllBytes(path));
            hasPidNamespace = HasPidNamespace(configuration.RootElement);
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

    private static bool HasPidNamespace(JsonElement configuration) =>
        configuration.TryGetProperty("linux", out JsonElement linux) && linux.ValueKind == JsonValueKind.Object
        && linux.TryGetProperty("namespaces", out JsonElement namespaces) && namespaces.ValueKind == JsonValueKind.Array
        && namespaces.EnumerateArray().Any(static entry =>
            entry.ValueKind == JsonValueKind.Object
            && entry.TryGetProperty("type", out JsonElement type) && type.ValueKind == JsonValueKind.String && type.ValueEquals("pid")
            && (!entry.TryGetProperty("path", out JsonElement path) || (path.ValueKind == JsonValueKind.String && path.ValueEquals(""))));

    private static string[] Read(JsonElement process) =>
        process.TryGetProperty("args", out JsonElement arguments) && arguments.ValueKind == JsonValueKind.Array
            ? [.. arguments.EnumerateArray().Select(static argument => argument.GetString() ?? "")]
            : [];
}
