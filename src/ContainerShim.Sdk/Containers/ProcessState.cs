namespace ContainerShim.Sdk.Containers;

/// <summary>Where a process stands in its life.</summary>
internal enum ProcessState
{
    /// <summary>Made and not started; an exec exists only as a request.</summary>
    Created,

    /// <summary>An init process that a restore will bring to life.</summary>
    CreatedFromCheckpoint,

    /// <summary>Started.</summary>
    Running,

    /// <summary>A pause is under way.</summary>
    Pausing,

    /// <summary>Frozen.</summary>
    Paused,

    /// <summary>Ended, its exit published.</summary>
    Stopped,

    /// <summary>Removed.</summary>
    Deleted,
}
