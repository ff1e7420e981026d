namespace ContainerShim.Sdk.Events;

/// <summary>A container was created; its init process exists and waits to be started.</summary>
/// <param name="ContainerId">The container.</param>
public sealed record TaskCreatedEvent(string ContainerId) : ShimEvent(ContainerId)
{
    /// <summary>Path of the bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>The mounts that make the root file system. Default: none.</summary>
    public IReadOnlyList<RootfsMount> Rootfs { get; init; } = [];

    /// <summary>The streams of the init process. Default: <see cref="StdioPaths.None"/>.</summary>
    public StdioPaths Stdio { get; init; } = StdioPaths.None;

    /// <summary>Path of the checkpoint it is restored from. Default: empty.</summary>
    public string Checkpoint { get; init; } = "";

    /// <summary>The init process; 0 before a restore.</summary>
    public required int Pid { get; init; }

    /// <inheritdoc/>
    public override string Topic => "/tasks/create";
}
