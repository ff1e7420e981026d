namespace ContainerShim.Sdk.Processes;

/// <summary>Tells when a process exits, exactly once and with its exact status. Safe for use from several threads.</summary>
public interface IProcessMonitor
{
    /// <summary>What this monitor can tell on this kernel and in this process.</summary>
    ProcessMonitorAbilities Abilities { get; }

    /// <summary>Begins to watch a process that is pinned: a child of ours, or one that a live pidfd refers to.</summary>
    /// <remarks>
    /// Call it after the start event has been queued. A child that died earlier is still there as a zombie, so nothing is missed,
    /// and its exit cannot overtake its start. The watch goes on until it is disposed or the process has ended.
    /// </remarks>
    /// <exception cref="ShimException">
    /// NotFound: no such process; one that was not a child of ours may have been reaped by its parent. ResourceExhausted: no
    /// descriptor is left.
    /// </exception>
    IProcessWatch Watch(int pid);
}
