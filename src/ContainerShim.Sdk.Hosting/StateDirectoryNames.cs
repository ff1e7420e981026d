namespace ContainerShim.Sdk.Hosting;

/// <summary>Which engine of a host has which state directory, as far as their options have been read. Safe for use from several threads.</summary>
internal sealed class StateDirectoryNames
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, string> _directories = [];

    /// <summary>Notes an engine's directory.</summary>
    /// <returns>The other engine that has the same; null when there is none.</returns>
    internal string? Claim(string engine, string directory)
    {
        string path = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));
        lock (_lock)
        {
            _directories[engine] = path;
            return _directories.FirstOrDefault(other => other.Value == path && other.Key != engine).Key;
        }
    }
}
