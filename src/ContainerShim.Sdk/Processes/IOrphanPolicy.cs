namespace ContainerShim.Sdk.Processes;

/// <summary>What the orphan reaper must know of the engine.</summary>
internal interface IOrphanPolicy
{
    /// <summary>While held, no unknown child is reaped: the runtime is making a process that is not watched yet.</summary>
    IDisposable Hold();

    /// <summary>While held, orphans are looked for often: a container shares its pid namespace, so that they become ours.</summary>
    IDisposable Expect();
}
