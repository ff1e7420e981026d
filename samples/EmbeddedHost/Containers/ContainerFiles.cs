using System.Text.Json;

namespace EmbeddedHost.Containers;

/// <summary>The directory of one container: what the tool knows of it, its log, and the state of its engine.</summary>
internal sealed class ContainerFiles(string directory, string containerdNamespace)
{
    // Others may pass and not look: root of a container with a user namespace is somebody else here.
    private const UnixFileMode DirectoryMode = (UnixFileMode)0b111_001_001;

    private readonly string _record = Path.Combine(directory, "container.json");

    public string Name => Path.GetFileName(directory);

    public string Namespace => containerdNamespace;

    public string LogPath => Path.Combine(directory, "output.log");

    public string StateDirectory => Path.Combine(directory, "engine");

    public bool Exists => File.Exists(_record);

    /// <exception cref="ToolException">It was removed meanwhile.</exception>
    public ContainerRecord Read()
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(_record), RecordJson.Default.ContainerRecord)
                ?? throw new ToolException($"{_record} is empty");
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ToolException($"container '{Name}' was removed meanwhile");
        }
        catch (JsonException exception)
        {
            throw new ToolException($"{_record} cannot be read: {exception.Message}");
        }
    }

    /// <summary>False when there is one.</summary>
    public bool TryCreate(ContainerRecord record)
    {
        Directory.CreateDirectory(directory, DirectoryMode);
        try
        {
            using FileStream stream = new(_record, FileMode.CreateNew);
            JsonSerializer.Serialize(stream, record, RecordJson.Default.ContainerRecord);
            return true;
        }
        catch (IOException) when (Exists)
        {
            return false;
        }
    }

    /// <summary>Readers see the old text or the new one, never a part.</summary>
    public ContainerRecord Write(ContainerRecord record)
    {
        string next = $"{_record}.{Environment.ProcessId}";
        File.WriteAllBytes(next, JsonSerializer.SerializeToUtf8Bytes(record, RecordJson.Default.ContainerRecord));
        File.Move(next, _record, overwrite: true);
        return record;
    }

    public void Remove() => Directory.Delete(directory, recursive: true);
}
