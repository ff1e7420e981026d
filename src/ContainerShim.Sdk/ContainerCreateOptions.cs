using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk;

/// <summary>How to make a container.</summary>
public sealed record ContainerCreateOptions
{
    /// <summary>A directory with <c>config.json</c>; for one container at a time, whose files the engine keeps in it. Default: null; either this or <see cref="Bundle"/> is needed.</summary>
    public string? BundlePath { get; init; }

    /// <summary>
    /// What the container is to be; the engine writes the bundle into its <see cref="ContainerShimSettings.StateDirectory"/> and removes it
    /// with the container. Default: null.
    /// </summary>
    public BundleBuilder? Bundle { get; init; }

    /// <summary>Mounts that make <c>rootfs</c> in the bundle of <see cref="BundlePath"/>; unmounted with the container's deletion. Default: none.</summary>
    public IReadOnlyList<RootfsMount> RootfsMounts { get; init; } = [];

    /// <summary>The streams of the init process. Default: <see cref="ContainerStdio.None"/>.</summary>
    public ContainerStdio Stdio { get; init; } = ContainerStdio.None;

    /// <summary>
    /// Directory of an image that <see cref="ShimContainer.CheckpointAsync"/> wrote, to restore when the container is started. Default:
    /// empty.
    /// </summary>
    public string Checkpoint { get; init; } = "";

    /// <summary>
    /// Options for the runtime, in place of <see cref="ContainerShimOptions.RuntimeOptions"/>. An empty
    /// <see cref="RuntimeOptions.Root"/> means the engine's. Default: null, those of the engine.
    /// </summary>
    public RuntimeOptions? RuntimeOptions { get; init; }

    /// <exception cref="ShimException">InvalidArgument.</exception>
    internal void Validate()
    {
        if ((BundlePath is null) == (Bundle is null))
        {
            throw ShimException.InvalidArgument("a container needs a bundle path or a bundle builder, and not both");
        }

        if (Bundle is not null && RootfsMounts.Count > 0)
        {
            throw ShimException.InvalidArgument("the root file system of a bundle builder is set there");
        }

        if (RuntimeOptions is not null)
        {
            OptionRules.Demand([.. OptionRules.Failures(RuntimeOptions)]);
        }

        Stdio.Validate();
    }
}
