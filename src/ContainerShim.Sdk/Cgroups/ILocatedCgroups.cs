namespace ContainerShim.Sdk.Cgroups;

/// <summary>Finds cgroups again. A process may leave its container's: by itself where it may write there, or moved by systemd.</summary>
internal interface ILocatedCgroups
{
    /// <summary>Finds a cgroup by its <see cref="ILocatedCgroup.Location"/>.</summary>
    /// <exception cref="ShimException">NotFound: it is gone, or it is this process's own or has that below it.</exception>
    ICgroup Find(string location);
}
