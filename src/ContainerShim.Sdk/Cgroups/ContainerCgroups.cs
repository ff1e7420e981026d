using ContainerShim.Sdk.Bundles;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Where runc's cgroupfs driver puts containers.</summary>
internal static class ContainerCgroups
{
    /// <summary>The path that is asked for, or what stands for it where none is.</summary>
    internal static string PathOf(BundleSpec spec, string id) => spec.CgroupsPath is { Length: > 1 } path ? path : id;

    /// <summary>
    /// The directories in all hierarchies, whether they are there or not: at the path, or below the runtime's own cgroup where that is
    /// relative. None for a path that leaves the hierarchy.
    /// </summary>
    internal static List<string> Locate(HostFiles files, string path)
    {
        if (Array.IndexOf(path.Split('/'), "..") >= 0)
        {
            return [];
        }

        using HostReader reader = new(files);
        CgroupMounts mounts = CgroupMounts.Read(reader);
        return path.StartsWith('/')
            ? [.. mounts.All.Select(mount => mount.MountPoint + path.TrimEnd('/'))]
            : [.. OwnCgroups.Locate(reader, mounts).Select(own => $"{own.TrimEnd('/')}/{path.TrimEnd('/')}")];
    }
}
