namespace ContainerShim.Sdk.Cgroups;

/// <summary>The cgroups above those of containers, which runtimes make and never remove.</summary>
internal static class CgroupParents
{
    /// <summary>The directories of a cgroup in all hierarchies.</summary>
    internal static IEnumerable<string> Directories(string path)
    {
        using HostReader reader = new(new HostFiles());
        return [.. CgroupMounts.Read(reader).All.Select(mount => Path.Join(mount.MountPoint, path))];
    }
}
