namespace ContainerShim.Sdk.Stdio;

/// <summary>What one attempt to move bytes came to.</summary>
internal enum RelayStep
{
    Moved,
    SourceEmpty,
    SourceEnded,
    SourceHungUp,
    TargetFull,

    /// <summary>The target is full and cannot be waited for: the mover calls back.</summary>
    NoRoom,
    TargetGone,
}
