using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>The configuration of a private containerd 2.x that serves the CRI.</summary>
internal static class CriConfig
{
    public const string PauseImage = "localhost/pause:1";

    /// <summary>The runtime handler whose sandboxes are pause containers.</summary>
    public const string PauseHandler = "tested";

    /// <summary>
    /// The runtime handler whose sandboxes are made by the sandbox service of the shim. It has no options: containerd before 2.3 starts no
    /// container in such a sandbox when there are other options than those of its own shim (containerd#13360).
    /// </summary>
    public const string ShimHandler = "sandboxed";

    /// <summary>
    /// The runtime handler whose shim is ours by its path, under the name of containerd's: what its runtime can do is asked by containerd before
    /// 2.2 for that name alone. Its runtime is a newer one, which can map the users of mounts.
    /// </summary>
    public const string PathHandler = "by-path";

    /// <summary>The runtime's options come as TOML here: containerd sends them so to every shim that is not its own.</summary>
    public static string For(ContainerdInstance instance, string runtime) =>
        $"""
        version = 3
        root = "{instance.Directory}/root"
        state = "{instance.StateDirectory}"
        oom_score = 0
        disabled_plugins = [
          "io.containerd.internal.v1.tracing", "io.containerd.tracing.processor.v1.otlp", "io.containerd.snapshotter.v1.blockfile",
          "io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.snapshotter.v1.erofs",
          "io.containerd.snapshotter.v1.zfs",
        ]

        [grpc]
          address = "{instance.Address}"

        [ttrpc]
          address = "{instance.Address}.ttrpc"

        [plugins."io.containerd.nri.v1.nri"]
          disable = true

        [plugins."io.containerd.internal.v1.opt"]
          path = "{instance.Directory}/opt"

        [plugins."io.containerd.cri.v1.images"]
          snapshotter = "{Snapshotter}"

        [plugins."io.containerd.cri.v1.images".pinned_images]
          sandbox = "{PauseImage}"

        # A sandbox's score of -998 needs a capability that root lacks in some virtual machines and containers.
        [plugins."io.containerd.cri.v1.runtime"]
          restrict_oom_score_adj = true

        [plugins."io.containerd.cri.v1.runtime".cni]
          bin_dirs = ["{CniNetwork.BinDirectory(instance)}"]
          conf_dir = "{CniNetwork.ConfigDirectory(instance)}"

        [plugins."io.containerd.cri.v1.runtime".containerd]
          default_runtime_name = "{PauseHandler}"

        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.{PauseHandler}]
          runtime_type = "{runtime}"

        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.{PauseHandler}.options]
          BinaryName = "runc"
          Root = "{RuntimeRoot(instance)}"

        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.{ShimHandler}]
          runtime_type = "{runtime}"
          sandboxer = "shim"

        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.{PathHandler}]
          runtime_type = "{ContainerdVersions.ReferenceRuntime}"
          runtime_path = "{TestPaths.Shim}"

        [plugins."io.containerd.cri.v1.runtime".containerd.runtimes.{PathHandler}.options]
          BinaryName = "runc-sid"
          Root = "{RuntimeRoot(instance)}"

        """;

    /// <summary>Own to the test: the namespace in containerd is not.</summary>
    public static string RuntimeRoot(ContainerdInstance instance) => $"{instance.Directory}/runc";

    public static string Snapshotter => Snapshots.CanOverlay ? "overlayfs" : "native";
}
