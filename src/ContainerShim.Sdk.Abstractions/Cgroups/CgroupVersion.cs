namespace ContainerShim.Sdk.Cgroups;

/// <summary>The kind of a cgroup hierarchy.</summary>
public enum CgroupVersion
{
    /// <summary>One hierarchy a controller; a hybrid system counts as this.</summary>
    V1 = 1,

    /// <summary>The unified hierarchy.</summary>
    V2 = 2,
}
