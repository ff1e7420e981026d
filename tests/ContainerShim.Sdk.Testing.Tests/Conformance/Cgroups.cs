namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>The cgroups above those of the containers of checks, which stay when the containers go.</summary>
internal static class Cgroups
{
    public static void RemoveParents()
    {
        foreach (string hierarchy in Directory.EnumerateDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup"))
        {
            string parent = Path.Join(hierarchy, "conformance");
            if (Directory.Exists(parent))
            {
                Directory.Delete(parent);
            }
        }
    }
}
