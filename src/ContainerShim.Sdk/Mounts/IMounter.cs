namespace ContainerShim.Sdk.Mounts;

/// <summary>Makes and unmakes root file systems.</summary>
internal interface IMounter
{
    /// <summary>Mounts all, in order, on a directory; on failure what was mounted is taken away again.</summary>
    /// <exception cref="ShimException"><c>failed to mount rootfs component: …</c>, Unknown, or ResourceExhausted for want of descriptors, threads or memory.</exception>
    Task MountAsync(string target, IReadOnlyList<RootfsMount> mounts, CancellationToken cancellationToken);

    /// <summary>Unmounts everything at and below a directory, deepest first. Does nothing where nothing is mounted.</summary>
    Task UnmountAsync(string target, CancellationToken cancellationToken);
}
