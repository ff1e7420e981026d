namespace ContainerShim.Sdk.Runtimes;

/// <summary>How to write a checkpoint: the fields of <c>containerd.runc.v1.CheckpointOptions</c>.</summary>
public sealed record RuntimeCheckpoint
{
    /// <summary>Directory to write the image into.</summary>
    public required string ImagePath { get; init; }

    /// <summary>Directory of criu's log and scratch files. Default: empty, which means one in the bundle.</summary>
    public string WorkPath { get; init; } = "";

    /// <summary>An earlier image of the same container that this one builds upon. Default: empty.</summary>
    public string ParentPath { get; init; } = "";

    /// <summary>Whether the container ends with the checkpoint. Default: false, it goes on running.</summary>
    public bool Exit { get; init; }

    /// <summary>Whether open TCP connections are allowed. Default: false.</summary>
    public bool OpenTcp { get; init; }

    /// <summary>Whether unix sockets to the outside are allowed. Default: false.</summary>
    public bool ExternalUnixSockets { get; init; }

    /// <summary>Whether a terminal is allowed. Default: false.</summary>
    public bool Terminal { get; init; }

    /// <summary>Whether file locks are allowed. Default: false.</summary>
    public bool FileLocks { get; init; }

    /// <summary>Namespaces to restore empty instead of with their contents, for example <c>network</c>. Default: none.</summary>
    public IReadOnlyList<string> EmptyNamespaces { get; init; } = [];

    /// <summary>criu's mode for cgroups: <c>ignore</c>, <c>soft</c>, <c>full</c>, <c>strict</c>. Default: empty, the runtime's choice.</summary>
    public string CgroupsMode { get; init; } = "";
}
