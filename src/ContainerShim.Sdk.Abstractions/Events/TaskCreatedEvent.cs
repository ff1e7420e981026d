namespace ContainerShim.Sdk.Events;

/// <summary>A container was created; its init process exists and waits to be started.</summary>
/// <param name="ContainerId">The container.</param>
/// <param name="Bundle">Path of the bundle.</param>
/// <param name="Rootfs">The mounts that make the root file system.</param>
/// <param name="Stdio">The streams of the init process.</param>
/// <param name="Checkpoint">Path of the checkpoint it is restored from, or empty.</param>
/// <param name="Pid">The init process; 0 before a restore.</param>
public sealed record TaskCreatedEvent(string ContainerId, string Bundle, IReadOnlyList<RootfsMount> Rootfs, StdioPaths Stdio, string Checkpoint, int Pid) : ShimEvent(ContainerId)
{
    /// <inheritdoc/>
    public override string Topic => "/tasks/create";
}
