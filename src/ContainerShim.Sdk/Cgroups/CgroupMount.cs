namespace ContainerShim.Sdk.Cgroups;

/// <summary>A mounted cgroup hierarchy, or a part of one.</summary>
/// <param name="Root">The directory of the hierarchy that is mounted; <c>/</c> for all of it.</param>
/// <param name="MountPoint">Where.</param>
/// <param name="Controllers">The controllers and the <c>name=</c> of a v1 hierarchy; empty for the unified one.</param>
internal sealed record CgroupMount(string Root, string MountPoint, string[] Controllers)
{
    internal bool IsUnified => Controllers.Length == 0;

    /// <summary>
    /// The directory of a cgroup whose path <c>/proc/PID/cgroup</c> tells. Null when the mount does not show it, and for a path with
    /// <c>..</c>: that lies outside of the reader's cgroup namespace (cgroup_namespaces(7)).
    /// </summary>
    internal string? Localize(string path)
    {
        if (path.Contains("/..", StringComparison.Ordinal))
        {
            return null;
        }

        string? below = Root == "/" ? path
            : !path.StartsWith(Root, StringComparison.Ordinal) ? null
            : path.Length == Root.Length ? "/"
            : path[Root.Length] == '/' ? path[Root.Length..]
            : null;
        return below switch
        {
            null => null,
            "/" => MountPoint,
            _ => MountPoint + below,
        };
    }
}
