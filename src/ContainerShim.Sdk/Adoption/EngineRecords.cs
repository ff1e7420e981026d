using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Adoption;

/// <summary>The records of an engine, in its state directory: bundles are its user's.</summary>
/// <param name="root">A directory for the namespace, since ids are unique within one only; made when it is needed.</param>
internal sealed class EngineRecords(string root) : IProcessRecords
{
    /// <summary>Guards the files: an exit is noted as delivered by reading and writing its record.</summary>
    private readonly Lock _lock = new();

    /// <summary>The containers that there are, those of earlier engines too, by their bundles; null until somebody needs to know.</summary>
    private Dictionary<string, string>? _users;

    /// <inheritdoc/>
    public void Begin(ProcessRecord container)
    {
        string directory = DirectoryOf(container.Id);
        if (RecordDirectory.HasRecords(directory))
        {
            throw ShimException.AlreadyExists($"container {container.Id} of an earlier engine, to be taken over by AdoptAsync", ShimErrorReason.LeftByEarlierEngine);
        }

        Claim(container);
        try
        {
            Directory.CreateDirectory(directory, DirectoryModes.OwnerOnly);
            BundleFiles.Write(RecordDirectory.PathOf(directory, container.Id, container.Id), RecordFile.Format(container));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            Release(container.Id);
            throw BundleFiles.Translate(exception, "write", directory);
        }
    }

    /// <inheritdoc/>
    public void Write(string containerId, string bundle, ProcessRecord record)
    {
        lock (_lock)
        {
            Write(RecordDirectory.PathOf(DirectoryOf(containerId), containerId, record.Id), record);
        }
    }

    /// <inheritdoc/>
    public void NoteDelivered(string containerId, string processId, ProcessExit exit)
    {
        string path = RecordDirectory.PathOf(DirectoryOf(containerId), containerId, processId);
        lock (_lock)
        {
            // Gone when the process was deleted meanwhile, or of another one that has got its id.
            if (RecordDirectory.Read(path) is { Exit: { } recorded } record && recorded.Pid == exit.Pid && recorded.ExitedAt == exit.ExitedAt)
            {
                Write(path, record with { ExitDelivered = true });
            }
        }
    }

    /// <inheritdoc/>
    public void RemoveExec(string containerId, string bundle, string execId)
    {
        lock (_lock)
        {
            BundleFiles.Remove(RecordDirectory.PathOf(DirectoryOf(containerId), containerId, execId));
        }
    }

    /// <inheritdoc/>
    public void Remove(string containerId, string bundle)
    {
        Release(containerId);
        lock (_lock)
        {
            try
            {
                Directory.Delete(DirectoryOf(containerId), recursive: true);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Gone already, or of no use to anybody: the container is not there any more.
            }
        }
    }

    /// <inheritdoc/>
    public IReadOnlyList<ContainerRecords> ReadAll() => Directory.Exists(root)
        ? [.. Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal).Select(RecordDirectory.TryRead).OfType<ContainerRecords>()]
        : [];

    /// <summary>The processes of all namespaces that share the state directory.</summary>
    /// <exception cref="IOException">A record cannot be read, so that nobody knows what it is of.</exception>
    /// <exception cref="UnauthorizedAccessException">A directory is not ours.</exception>
    internal IReadOnlyList<(string ContainerdNamespace, string ContainerId, ProcessRecord Record)> ReadAllNamespaces()
    {
        string all = Path.GetDirectoryName(root)!;
        List<(string, string, ProcessRecord)> found = [];
        foreach (string path in Directory.Exists(all) ? Directory.EnumerateFiles(all, "*.json", SearchOption.AllDirectories) : [])
        {
            if (RecordDirectory.Read(path) is { } record)
            {
                string container = Path.GetDirectoryName(path)!;
                found.Add((Path.GetFileName(Path.GetDirectoryName(container)!), Path.GetFileName(container), record));
            }
            else if (File.Exists(path))
            {
                throw new IOException($"{path} is no record that this version can read");
            }
        }

        return found;
    }

    /// <summary>The bundle as it is named without symbolic links.</summary>
    private static string RealPathOf(string bundle)
    {
        try
        {
            return RealPath.OfDirectory(bundle);
        }
        catch (LinuxException)
        {
            // Gone, or not to be looked into: no link leads to it any more.
            return Path.TrimEndingDirectorySeparator(bundle);
        }
    }

    private static void Write(string path, ProcessRecord record)
    {
        try
        {
            BundleFiles.Write(path, RecordFile.Format(record));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk: what an earlier write says is still true enough to take the process over.
        }
    }

    private string DirectoryOf(string containerId) => Path.Join(root, containerId);

    /// <summary>A bundle holds the files of one container: two would read each other's pids.</summary>
    private void Claim(ProcessRecord container)
    {
        string bundle = RealPathOf(container.Bundle);
        lock (_lock)
        {
            _users ??= ReadUsers();
            if (!_users.TryAdd(bundle, container.Id))
            {
                throw ShimException.FailedPrecondition($"bundle {container.Bundle} is in use by container {_users[bundle]}");
            }
        }
    }

    private Dictionary<string, string> ReadUsers()
    {
        Dictionary<string, string> users = new(StringComparer.Ordinal);
        foreach (ProcessRecord earlier in ReadAll().Select(static records => records.Init))
        {
            users.TryAdd(RealPathOf(earlier.Bundle), earlier.Id);
        }

        return users;
    }

    private void Release(string containerId)
    {
        lock (_lock)
        {
            if (_users?.FirstOrDefault(user => user.Value == containerId).Key is { } bundle)
            {
                _users.Remove(bundle);
            }
        }
    }
}
