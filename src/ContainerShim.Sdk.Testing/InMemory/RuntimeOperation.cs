namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>An operation of <see cref="Runtimes.IOciRuntime"/>.</summary>
public enum RuntimeOperation
{
    /// <summary>Makes a container.</summary>
    Create,

    /// <summary>Lets its init process run.</summary>
    Start,

    /// <summary>Runs a further process.</summary>
    Exec,

    /// <summary>Sends a signal.</summary>
    Kill,

    /// <summary>Removes a container.</summary>
    Delete,

    /// <summary>Freezes it.</summary>
    Pause,

    /// <summary>Thaws it.</summary>
    Resume,

    /// <summary>Changes its limits.</summary>
    Update,

    /// <summary>Lists its processes.</summary>
    Pids,

    /// <summary>Asks for its state.</summary>
    State,

    /// <summary>Writes an image of it; an operation of <see cref="Runtimes.ICheckpointableRuntime"/>.</summary>
    Checkpoint,

    /// <summary>Makes it from an image; an operation of <see cref="Runtimes.ICheckpointableRuntime"/>.</summary>
    Restore,
}
