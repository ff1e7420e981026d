namespace ContainerShim.Sdk.Cgroups;

/// <summary>Stops and continues the processes of a cgroup.</summary>
internal abstract class Freezer(CgroupTree tree)
{
    /// <summary>Whether it is frozen or freezing, be it by a cgroup above.</summary>
    internal bool IsFrozen => IsFrozenAt(tree.Directory);

    /// <summary>Asks for the freeze; the kernel completes it later.</summary>
    internal void Freeze() => Set(tree.Directory, frozen: true);

    /// <summary>Thaws the cgroup itself.</summary>
    internal void Thaw()
    {
        if (IsFrozen)
        {
            Set(tree.Directory, frozen: false);
        }
    }

    /// <summary>Thaws it and every cgroup below that was frozen by itself: a nested runtime may have died with its container paused.</summary>
    internal void ThawTree()
    {
        foreach (string directory in tree.Directories())
        {
            if (IsFrozenAt(directory))
            {
                Set(directory, frozen: false);
            }
        }
    }

    /// <summary>The files.</summary>
    protected HostFiles Files => tree.Files;

    /// <summary>Whether the cgroup of a directory is frozen or freezing.</summary>
    protected abstract bool IsFrozenAt(string directory);

    /// <summary>Writes the state. That the cgroup is gone is no failure.</summary>
    protected abstract void Set(string directory, bool frozen);
}
