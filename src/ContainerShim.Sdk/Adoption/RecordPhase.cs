namespace ContainerShim.Sdk.Adoption;

/// <summary>How far a process had come when its record was written.</summary>
internal enum RecordPhase
{
    /// <summary>It is being made; nobody was told of it.</summary>
    Making,

    /// <summary>An init process that waits to be started.</summary>
    Created,

    /// <summary>Started, and that was told.</summary>
    Running,
}
