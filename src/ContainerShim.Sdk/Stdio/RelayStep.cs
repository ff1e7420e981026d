namespace ContainerShim.Sdk.Stdio;

/// <summary>What one attempt to move bytes came to.</summary>
internal enum RelayStep
{
    Moved,
    SourceEmpty,
    SourceEnded,
    SourceHungUp,
    TargetFull,
    TargetGone,
}
