namespace ContainerShim.Sdk.Processes;

/// <summary>
/// Starts child processes that inherit exactly what is named, and nothing this process has changed for itself: default signal
/// dispositions, an empty signal mask, no other descriptor. Safe for use from several threads.
/// </summary>
public interface IProcessSpawner
{
    /// <summary>Starts a process and watches it, for a helper that the caller waits for itself.</summary>
    /// <returns>The watch, which the caller disposes. The process is collected when it ends, also if its watch was disposed before.</returns>
    /// <exception cref="ShimException">NotFound, PermissionDenied: the binary. ResourceExhausted: no process or descriptor to be had.</exception>
    IProcessWatch Spawn(SpawnRequest request);

    /// <summary>
    /// Starts a process for somebody else to watch: what an <see cref="Runtimes.IOciRuntime"/> returns from its create and exec, since
    /// the engine watches those.
    /// </summary>
    /// <remarks>
    /// It is a child of this process, so one that ends early stays a zombie, with its status, until <see cref="IProcessMonitor.Watch"/>
    /// is called for it. Nobody else collects it: a process that is neither watched nor returned to the engine stays for ever.
    /// </remarks>
    /// <returns>The pid of the process.</returns>
    /// <exception cref="ShimException">As for <see cref="Spawn"/>.</exception>
    int SpawnUnwatched(SpawnRequest request);
}
