namespace ContainerShim.Sdk.Sandboxes;

/// <summary>Where a sandbox is in its life.</summary>
internal enum SandboxState
{
    Created,
    Starting,
    Ready,
    Ended,
}
