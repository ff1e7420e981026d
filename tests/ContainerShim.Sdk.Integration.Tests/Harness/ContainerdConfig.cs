namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>The configuration of a private containerd. Version 2 is read by 1.x and 2.x alike.</summary>
internal static class ContainerdConfig
{
    /// <remarks>
    /// Plugins are off that would share something with another containerd of this machine (NRI's socket, /opt/containerd) or slow
    /// the start. Names that a version does not know are ignored.
    /// </remarks>
    public static string For(ContainerdInstance instance) =>
        $"""
        version = 2
        root = "{instance.Directory}/root"
        state = "{instance.StateDirectory}"
        oom_score = 0
        disabled_plugins = [
          "io.containerd.grpc.v1.cri", "io.containerd.cri.v1.runtime", "io.containerd.cri.v1.images",
          "io.containerd.nri.v1.nri", "io.containerd.internal.v1.opt", "io.containerd.internal.v1.tracing",
          "io.containerd.tracing.processor.v1.otlp", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.blockfile",
          "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.erofs",
          "io.containerd.snapshotter.v1.zfs",
        ]

        [grpc]
          address = "{instance.Address}"

        [ttrpc]
          address = "{instance.Address}.ttrpc"

        [debug]
          address = ""

        [metrics]
          address = ""

        """;
}
