using System.Text.Json;
using System.Text.Json.Serialization;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>What a checkpoint of an in-memory container consists of.</summary>
/// <param name="Arguments">The command of its init process.</param>
/// <param name="Script">What that still has to do.</param>
internal sealed partial record InMemoryImage(IReadOnlyList<string> Arguments, ProcessScript Script)
{
    private const string FileName = "init.json";

    /// <exception cref="ShimException">Unknown: it cannot be written.</exception>
    public void Write(string directory)
    {
        try
        {
            Directory.CreateDirectory(directory);
            File.WriteAllBytes(Path.Join(directory, FileName), JsonSerializer.SerializeToUtf8Bytes(this, Json.Default.InMemoryImage));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ShimException.Unknown($"OCI runtime checkpoint failed: {e.Message}", e, ShimErrorReason.RuntimeFailed);
        }
    }

    /// <exception cref="ShimException">InvalidArgument: there is none. Unknown: it is none.</exception>
    public static InMemoryImage Read(string directory)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(Path.Join(directory, FileName)), Json.Default.InMemoryImage)
                ?? throw new JsonException("null");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw ShimException.InvalidArgument($"OCI runtime restore failed: there is no checkpoint in {directory}", e);
        }
        catch (JsonException e)
        {
            throw ShimException.Unknown($"OCI runtime restore failed: {e.Message}", e, ShimErrorReason.RuntimeFailed);
        }
    }

    [JsonSerializable(typeof(InMemoryImage))]
    private sealed partial class Json : JsonSerializerContext;
}
