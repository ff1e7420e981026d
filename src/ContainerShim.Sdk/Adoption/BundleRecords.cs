using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Adoption;

/// <summary>
/// The records of a shim, in the bundles, which containerd removes with all that is in them. Exits are in <c>exit.json</c>.
/// </summary>
/// <param name="bundle">The bundle of the container that the shim was started for.</param>
internal sealed class BundleRecords(string bundle) : IProcessRecords
{
    /// <inheritdoc/>
    public void Begin(ProcessRecord container)
    {
        // Nothing is taken over that was being made: containerd has not heard of it, and cleans up by `delete`.
    }

    /// <inheritdoc/>
    public void Write(string containerId, string bundle, ProcessRecord record)
    {
        if (record.Exit is not null)
        {
            return;
        }

        try
        {
            BundleFiles.Write(RecordDirectory.PathOf(bundle, containerId, record.Id), RecordFile.Format(record));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk: the container runs all the same, and can only not be taken over.
        }
    }

    /// <inheritdoc/>
    public void NoteDelivered(string containerId, string processId, ProcessExit exit)
    {
    }

    /// <inheritdoc/>
    public void RemoveExec(string containerId, string bundle, string execId) =>
        BundleFiles.Remove(RecordDirectory.PathOf(bundle, containerId, execId));

    /// <inheritdoc/>
    public void Remove(string containerId, string bundle) => RecordDirectory.RemoveAll(bundle);

    /// <summary>Those of the bundle, and of its neighbours that the same shim has served, which have the same address in them.</summary>
    public IReadOnlyList<ContainerRecords> ReadAll()
    {
        if (!RecordDirectory.HasRecords(bundle) || Path.GetDirectoryName(bundle) is not { } parent)
        {
            return [];
        }

        byte[]? address = AddressOf(bundle);
        IEnumerable<string> group = address is null
            ? [bundle]
            : Directory.EnumerateDirectories(parent).Where(neighbour => AddressOf(neighbour).AsSpan().SequenceEqual(address));
        return [.. group.Select(TryRead).OfType<ContainerRecords>()];
    }

    private static ContainerRecords? TryRead(string bundle)
    {
        ContainerRecords? records = RecordDirectory.TryRead(bundle);
        return records is not null && new BundleStore().ReadExit(bundle) is { } exit && exit.Pid == records.Init.Pid
            ? records with { Init = records.Init with { Exit = exit } }
            : records;
    }

    private static byte[]? AddressOf(string bundle) => BundleFiles.TryRead(Path.Join(bundle, "address"));
}
