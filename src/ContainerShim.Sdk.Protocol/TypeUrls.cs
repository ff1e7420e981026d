using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Protocol;

/// <summary>The type URLs that containerd and its shims put into an <see cref="Any"/>, and what one does with them.</summary>
/// <remarks>
/// containerd writes the bare full name of a protobuf message, without a host; what is JSON carries a path under <c>types.containerd.io/</c>.
/// Nothing here touches a descriptor: <c>Any.Pack</c> would build them, at 0.8 MB and some milliseconds for a process.
/// </remarks>
public static class TypeUrls
{
    /// <summary>A container was created.</summary>
    public const string TaskCreate = "containerd.events.TaskCreate";

    /// <summary>The init process runs.</summary>
    public const string TaskStart = "containerd.events.TaskStart";

    /// <summary>A container's task was deleted.</summary>
    public const string TaskDelete = "containerd.events.TaskDelete";

    /// <summary>A process ended.</summary>
    public const string TaskExit = "containerd.events.TaskExit";

    /// <summary>The kernel killed for want of memory.</summary>
    public const string TaskOom = "containerd.events.TaskOOM";

    /// <summary>An exec was registered.</summary>
    public const string TaskExecAdded = "containerd.events.TaskExecAdded";

    /// <summary>An exec runs.</summary>
    public const string TaskExecStarted = "containerd.events.TaskExecStarted";

    /// <summary>A container was frozen.</summary>
    public const string TaskPaused = "containerd.events.TaskPaused";

    /// <summary>A container was thawed.</summary>
    public const string TaskResumed = "containerd.events.TaskResumed";

    /// <summary>A container's image was written.</summary>
    public const string TaskCheckpointed = "containerd.events.TaskCheckpointed";

    /// <summary>A sandbox was created; the daemon tells.</summary>
    public const string SandboxCreate = "containerd.events.SandboxCreate";

    /// <summary>A sandbox runs; the daemon tells.</summary>
    public const string SandboxStart = "containerd.events.SandboxStart";

    /// <summary>A sandbox ended; the daemon tells.</summary>
    public const string SandboxExit = "containerd.events.SandboxExit";

    /// <summary>Runtime options in runc's own message.</summary>
    public const string RuncOptions = "containerd.runc.v1.Options";

    /// <summary>Options of a checkpoint.</summary>
    public const string RuncCheckpointOptions = "containerd.runc.v1.CheckpointOptions";

    /// <summary>Options of a container as clients of containerd 1.6 and 1.7 send them to a runtime that is not called io.containerd.runc.</summary>
    public const string LinuxRuncCreateOptions = "containerd.linux.runc.CreateOptions";

    /// <summary>Options of a checkpoint, likewise.</summary>
    public const string LinuxRuncCheckpointOptions = "containerd.linux.runc.CheckpointOptions";

    /// <summary>The info of a pid that an exec started.</summary>
    public const string RuncProcessDetails = "containerd.runc.v1.ProcessDetails";

    /// <summary>Runtime options as TOML, which the CRI plugin sends to every runtime but runc's.</summary>
    public const string RuntimeOptions = "runtimeoptions.v1.Options";

    /// <summary>Resource use in a cgroup v1 hierarchy.</summary>
    public const string CgroupsV1Metrics = "io.containerd.cgroups.v1.Metrics";

    /// <summary>Resource use in the unified cgroup hierarchy.</summary>
    public const string CgroupsV2Metrics = "io.containerd.cgroups.v2.Metrics";

    /// <summary>JSON of an OCI runtime specification.</summary>
    public const string OciSpec = OciPrefix + "Spec";

    /// <summary>JSON of the specification's process, as Exec gets it.</summary>
    public const string OciProcess = OciPrefix + "Process";

    /// <summary>JSON of the specification's Linux resources, as Update gets it.</summary>
    public const string OciLinuxResources = OciPrefix + "LinuxResources";

    /// <summary>JSON of the runtime's features, as <c>-info</c> reports it.</summary>
    public const string OciFeatures = OciPrefix + "features/Features";

    private const string JsonHost = "types.containerd.io/";

    // The 1 is the major version of the runtime specification.
    private const string OciPrefix = JsonHost + "opencontainers/runtime-spec/1/";

    /// <summary>Wraps a message under the type URL that the peer expects.</summary>
    /// <exception cref="ArgumentNullException">An argument is null.</exception>
    public static Any Pack(string typeUrl, IMessage message)
    {
        ArgumentNullException.ThrowIfNull(typeUrl);
        ArgumentNullException.ThrowIfNull(message);
        return new Any { TypeUrl = typeUrl, Value = message.ToByteString() };
    }

    /// <summary>Whether <paramref name="any"/> holds the type <paramref name="fullName"/>, one of the constants here or another full name.</summary>
    /// <returns>False for null, which is how an absent field reads.</returns>
    public static bool Is(Any? any, string fullName)
    {
        ArgumentNullException.ThrowIfNull(fullName);
        return any is not null && NameOf(any.TypeUrl).SequenceEqual(fullName);
    }

    /// <summary>The name to compare: a protobuf name without <c>type.googleapis.com/</c> or another host, a JSON type URL in full.</summary>
    public static ReadOnlySpan<char> NameOf(string typeUrl)
    {
        ArgumentNullException.ThrowIfNull(typeUrl);
        return typeUrl.StartsWith(JsonHost, StringComparison.Ordinal) ? typeUrl : typeUrl.AsSpan(typeUrl.LastIndexOf('/') + 1);
    }
}
