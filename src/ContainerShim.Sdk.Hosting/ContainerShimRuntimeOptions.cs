using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Hosting;

/// <summary>The OCI runtime of an engine in a host, as far as configuration says.</summary>
public sealed class ContainerShimRuntimeOptions
{
    /// <summary>Name or absolute path of the binary. Default: empty, which means <c>runc</c>.</summary>
    public string BinaryName { get; set; } = "";

    /// <summary>Absolute path of the directory of its state. Default: empty, which means <c>runtime</c> in the engine's state directory.</summary>
    public string Root { get; set; } = "";

    /// <summary>Whether it makes cgroups through systemd. Default: false.</summary>
    public bool SystemdCgroup { get; set; }

    /// <summary>Whether it enters the root file system by MS_MOVE instead of pivot_root(2). Default: false.</summary>
    public bool NoPivotRoot { get; set; }

    /// <summary>Whether containers keep the session keyring of their creator. Default: false.</summary>
    public bool NoNewKeyring { get; set; }

    internal RuntimeOptions ToRuntimeOptions() => new()
    {
        BinaryName = BinaryName,
        Root = Root,
        SystemdCgroup = SystemdCgroup,
        NoPivotRoot = NoPivotRoot,
        NoNewKeyring = NoNewKeyring,
    };
}
