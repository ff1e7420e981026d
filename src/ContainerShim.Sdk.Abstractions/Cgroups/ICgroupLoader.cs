namespace ContainerShim.Sdk.Cgroups;

/// <summary>Finds the cgroup of a container. Safe for use from several threads.</summary>
public interface ICgroupLoader
{
    /// <summary>Loads the cgroup that a process is in now.</summary>
    /// <exception cref="ShimException">NotFound: no such process, or no cgroup file system is mounted.</exception>
    ICgroup Load(int pid);
}
