namespace ContainerShim.Sdk.Containers;

/// <summary>What can be asked of a process and depends on its state.</summary>
internal enum Operation
{
    Start,
    Pause,
    Resume,
    Update,
    Checkpoint,
    Exec,
    Resize,
    Delete,
    Kill,
}
