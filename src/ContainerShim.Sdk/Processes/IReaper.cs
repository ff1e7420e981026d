using ContainerShim.Sdk.Stdio;

namespace ContainerShim.Sdk.Processes;

/// <summary>A process beside this one that is the parent of all others of an engine, and outlives the engine.</summary>
internal interface IReaper : IStatusSource, IZombies, IStreamKeeper, IDisposable
{
    /// <summary>A spawner whose processes become the reaper's children.</summary>
    IProcessSpawner SpawnerFor(PidfdProcessMonitor monitor);

    /// <summary>Has <see cref="Retain"/> leave the streams of a key, which are not taken back.</summary>
    void Claim(string key);

    /// <summary>
    /// Forgets what earlier engines wanted kept, but for the processes that are watched or pinned and the streams that were taken back or
    /// claimed by now.
    /// </summary>
    void Retain();

    /// <summary>Leaves it. When nothing is left for it, it ends: waits for that, within a bound.</summary>
    Task EndAsync(TimeProvider time);
}
