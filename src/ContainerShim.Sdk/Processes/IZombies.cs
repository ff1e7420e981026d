namespace ContainerShim.Sdk.Processes;

/// <summary>The ended children of the process that adopts orphans. Called on the reactor's thread, where it also calls back.</summary>
internal interface IZombies
{
    /// <summary>Looks for ended children, without collecting any.</summary>
    /// <param name="skip">Children that need not be looked at.</param>
    /// <param name="onFound">Takes those found, soon or at once.</param>
    void Find(Predicate<int> skip, Action<IReadOnlyList<int>> onFound);

    /// <summary>Collects one that was found.</summary>
    /// <param name="pid">The child.</param>
    /// <param name="onCollected">Takes its exit code; not called when it was gone.</param>
    void Collect(int pid, Action<int> onCollected);
}
