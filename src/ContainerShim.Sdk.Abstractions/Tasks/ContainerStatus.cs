namespace ContainerShim.Sdk.Tasks;

/// <summary>The state of a container or exec, with the values of containerd's <c>Status</c>.</summary>
public enum ContainerStatus
{
    /// <summary>Not known.</summary>
    Unknown = 0,

    /// <summary>Made and waiting to be started.</summary>
    Created = 1,

    /// <summary>Running.</summary>
    Running = 2,

    /// <summary>Ended.</summary>
    Stopped = 3,

    /// <summary>Frozen.</summary>
    Paused = 4,

    /// <summary>Being frozen.</summary>
    Pausing = 5,
}
