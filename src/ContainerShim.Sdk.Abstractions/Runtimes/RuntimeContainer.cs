namespace ContainerShim.Sdk.Runtimes;

/// <summary>What a runtime needs to know to find one container.</summary>
public sealed record RuntimeContainer
{
    /// <summary>The container's id, validated: letters, digits and inner <c>._-</c>, at most 76 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Absolute path of the bundle, which has <c>config.json</c>.</summary>
    public required string Bundle { get; init; }

    /// <summary>The containerd namespace; runc keeps its state in a directory of that name below its root.</summary>
    public required string ContainerdNamespace { get; init; }

    /// <summary>
    /// The mounts that make the root file system, where the runtime makes it itself because the engine was told not to. Default: none,
    /// it is there already.
    /// </summary>
    public IReadOnlyList<RootfsMount> Rootfs { get; init; } = [];

    /// <summary>The options the container was created with.</summary>
    public RuntimeOptions Options { get; init; } = new();
}
