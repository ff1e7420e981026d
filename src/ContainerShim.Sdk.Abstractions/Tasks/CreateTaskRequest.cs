using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tasks;

/// <summary>Argument of <see cref="IShimTaskService.CreateAsync"/>.</summary>
public sealed record CreateTaskRequest
{
    /// <summary>The container: letters, digits and inner <c>._-</c>, at most 76 characters.</summary>
    public required string Id { get; init; }

    /// <summary>Absolute path of the bundle.</summary>
    public required string Bundle { get; init; }

    /// <summary>Mounts that make <c>rootfs</c> in the bundle, in order. Default: none, the root of <c>config.json</c> is used as it is.</summary>
    public IReadOnlyList<RootfsMount> Rootfs { get; init; } = [];

    /// <summary>The streams of the init process. Default: <see cref="StdioPaths.None"/>.</summary>
    public StdioPaths Stdio { get; init; } = StdioPaths.None;

    /// <summary>Directory of a checkpoint image to restore from. Default: empty.</summary>
    public string Checkpoint { get; init; } = "";

    /// <summary>Directory of the image that the checkpoint builds upon. Default: empty.</summary>
    public string ParentCheckpoint { get; init; } = "";

    /// <summary>Options for the runtime and for the shim.</summary>
    public RuntimeOptions Options { get; init; } = new();
}
