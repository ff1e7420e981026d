using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk.Adoption;

/// <summary>The files of a container's records: <c>container.json</c>, and one for each exec.</summary>
internal static class RecordDirectory
{
    private const string InitName = "container.json";
    private const string ExecPrefix = "exec-";
    private const string Suffix = ".json";

    internal static string PathOf(string directory, string containerId, string processId) =>
        Path.Join(directory, processId == containerId ? InitName : ExecPrefix + processId + Suffix);

    /// <summary>Whether a container has records here.</summary>
    internal static bool HasRecords(string directory) => File.Exists(Path.Join(directory, InitName));

    /// <summary>The records; null where there are none, or none that can be read.</summary>
    internal static ContainerRecords? TryRead(string directory)
    {
        if (Read(Path.Join(directory, InitName)) is not { } init)
        {
            return null;
        }

        IEnumerable<ProcessRecord?> execs = Directory.EnumerateFiles(directory, ExecPrefix + "*" + Suffix).Select(Read);
        return new ContainerRecords(init, [.. execs.OfType<ProcessRecord>()]);
    }

    /// <summary>The record in a file; null where there is none.</summary>
    internal static ProcessRecord? Read(string path) => BundleFiles.TryRead(path) is { } content ? RecordFile.TryParse(content) : null;

    /// <summary>Removes what <see cref="PathOf"/> names, and nothing else.</summary>
    internal static void RemoveAll(string directory)
    {
        BundleFiles.Remove(Path.Join(directory, InitName));
        try
        {
            foreach (string exec in Directory.EnumerateFiles(directory, ExecPrefix + "*" + Suffix))
            {
                BundleFiles.Remove(exec);
            }
        }
        catch (IOException)
        {
            // The directory is gone.
        }
    }
}
