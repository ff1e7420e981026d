namespace ContainerShim.Sdk.Bundles;

/// <summary>Removes directories that nothing is in any more.</summary>
internal static class EmptyDirectories
{
    /// <summary>Removes those of the directories that are empty, in the order given; also directories of cgroup file systems, see cgroups(7).</summary>
    internal static void Remove(params IEnumerable<string> paths)
    {
        foreach (string path in paths)
        {
            try
            {
                Directory.Delete(path);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Not there, or somebody else's things are in it.
            }
        }
    }
}
