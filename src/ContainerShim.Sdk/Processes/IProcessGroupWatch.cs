namespace ContainerShim.Sdk.Processes;

/// <summary>A watch of a process that leads a group of its own.</summary>
internal interface IProcessGroupWatch : IProcessWatch
{
    /// <summary>Signals every process of the group, as long as its leader has not been collected.</summary>
    /// <exception cref="ShimException">NotFound: it has been.</exception>
    void SignalGroup(int signal);
}
