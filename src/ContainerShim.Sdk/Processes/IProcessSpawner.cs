namespace ContainerShim.Sdk.Processes;

/// <summary>Starts child processes that inherit exactly what is named, and nothing the host process has changed for itself.</summary>
internal interface IProcessSpawner
{
    /// <summary>Starts a process. It is this process's child; its exit comes through the watch, which the caller disposes.</summary>
    /// <exception cref="ShimException">NotFound, PermissionDenied: the binary. ResourceExhausted: no process or descriptor to be had.</exception>
    IProcessWatch Spawn(SpawnRequest request);
}
