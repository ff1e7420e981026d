namespace ContainerShim.Sdk.Cgroups;

/// <summary>How the cgroup hierarchies of a machine are mounted.</summary>
public enum CgroupMode
{
    /// <summary>No cgroup file system is mounted.</summary>
    Unavailable,

    /// <summary>One hierarchy a controller.</summary>
    V1,

    /// <summary>As <see cref="V1"/>, and beside it a unified hierarchy without the usual controllers. Counts as v1.</summary>
    Hybrid,

    /// <summary>The unified hierarchy alone.</summary>
    V2,
}
