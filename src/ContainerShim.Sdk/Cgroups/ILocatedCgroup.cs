namespace ContainerShim.Sdk.Cgroups;

/// <summary>A cgroup that can be found again, wherever the process is by then that it was found by.</summary>
internal interface ILocatedCgroup
{
    /// <summary>Where it is: the lines of <c>/proc/PID/cgroup</c> that led to it, without those that count as none.</summary>
    string Location { get; }
}
