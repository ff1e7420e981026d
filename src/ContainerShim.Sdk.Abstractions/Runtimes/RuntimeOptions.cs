namespace ContainerShim.Sdk.Runtimes;

/// <summary>Options of a container for the runtime and for its shim: the fields of <c>containerd.runc.v1.Options</c>.</summary>
public sealed record RuntimeOptions
{
    /// <summary>Name or absolute path of the runtime's binary. Default: empty, which means <c>runc</c>.</summary>
    public string BinaryName { get; init; } = "";

    /// <summary>Directory of the runtime's state. Default: empty, which means <c>/run/containerd/runc</c>.</summary>
    public string Root { get; init; } = "";

    /// <summary>Whether the runtime makes cgroups through systemd. Default: false.</summary>
    public bool SystemdCgroup { get; init; }

    /// <summary>Whether to enter the root file system by MS_MOVE instead of pivot_root(2). Default: false.</summary>
    public bool NoPivotRoot { get; init; }

    /// <summary>Whether the container keeps the session keyring of its creator. Default: false.</summary>
    public bool NoNewKeyring { get; init; }

    /// <summary>A cgroup to put the shim itself into. Default: empty, which leaves it where it is.</summary>
    public string ShimCgroup { get; init; } = "";

    /// <summary>Owner of the pipes of the standard streams. Default: 0.</summary>
    public uint IoUid { get; init; }

    /// <summary>Group of the pipes of the standard streams. Default: 0.</summary>
    public uint IoGid { get; init; }

    /// <summary>A checkpoint to restore from when the request names none. Default: empty.</summary>
    public string CriuImagePath { get; init; } = "";

    /// <summary>Working directory of criu at restore. Default: empty, which means <c>work</c> in the bundle.</summary>
    public string CriuWorkPath { get; init; } = "";

    /// <summary>The options as they came, for a runtime that has options of its own.</summary>
    public TypedPayload? Payload { get; init; }
}
