using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Bundles;

/// <summary>Describes a container and writes the <c>config.json</c> of its bundle. Not safe for use from several threads.</summary>
/// <remarks>
/// <para>Without further words a container has namespaces of its own for processes, network, mounts, IPC and host name (and cgroups, on
/// cgroup v2), containerd's default capabilities, no way to gain privileges, the usual mounts below <c>/proc</c>, <c>/dev</c> and
/// <c>/sys</c> with their dangerous parts masked or read-only, no devices but the harmless ones, and a cgroup without limits.</para>
/// <para>Its network namespace is its own and has nothing but a loopback device, which is down: a network is something to ask for, with
/// <see cref="WithHostNetwork"/> or <see cref="JoinNamespace"/>.</para>
/// <para>Members that set one thing replace what was set before; those that add (<c>Add…</c>) add.</para>
/// </remarks>
public sealed partial class BundleBuilder
{
    /// <summary>The annotation that says how an image wants to be stopped, as the OCI image specification names it.</summary>
    internal const string StopSignalAnnotation = "org.opencontainers.image.stopSignal";

    private readonly Dictionary<NamespaceKind, string> _namespaces = new()
    {
        [NamespaceKind.Pid] = "",
        [NamespaceKind.Network] = "",
        [NamespaceKind.Ipc] = "",
        [NamespaceKind.Uts] = "",
        [NamespaceKind.Mount] = "",
    };

    private readonly Dictionary<string, string> _environment = [];
    private readonly SortedDictionary<string, string> _annotations = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, string> _sysctls = new(StringComparer.Ordinal);
    private readonly List<BundleMount> _mounts = [];
    private readonly List<ProcessLimit> _processLimits = [];
    private readonly SortedSet<string> _capabilities = new(BundleDefaults.Capabilities, StringComparer.Ordinal);
    private IReadOnlyList<RootfsMount> _rootfsMounts = [];
    private IReadOnlyList<IdMapping> _uidMappings = [];
    private IReadOnlyList<IdMapping> _gidMappings = [];
    private IReadOnlyList<string> _args = [];
    private ResourceLimits _limits = new();
    private ContainerUser _user = ContainerUser.Root;
    private ReadOnlyMemory<byte> _seccomp;
    private string? _rootfs;
    private string? _hostname;
    private string? _cgroupsPath;
    private string _workingDirectory = "/";
    private int? _oomScoreAdjustment;
    private bool _readOnlyRootfs;
    private bool _newPrivileges;
    private bool _rootless;
    private bool _sharesCgroups;
    private bool _terminal;

    /// <summary>Uses a directory as the root file system.</summary>
    /// <param name="path">An existing directory, or a symbolic link to one; relative to the current one.</param>
    /// <param name="readOnly">Whether the container may not write to it.</param>
    /// <exception cref="ShimException">InvalidArgument: no such directory.</exception>
    public BundleBuilder WithRootfs(string path, bool readOnly = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        try
        {
            // runc refuses a root file system with a symbolic link in its path.
            _rootfs = RealPath.OfDirectory(Path.GetFullPath(path));
        }
        catch (LinuxException exception) when (exception.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            throw ShimException.InvalidArgument($"rootfs {Quoted.Text(path)} is not a directory");
        }
        catch (LinuxException exception)
        {
            throw exception.ToShimException();
        }

        _rootfsMounts = [];
        _readOnlyRootfs = readOnly;
        return this;
    }

    /// <summary>
    /// Has the root file system mounted when the container is created, and unmounted when it is deleted; for example an overlay of
    /// snapshots.
    /// </summary>
    /// <exception cref="ShimException">InvalidArgument: no mount.</exception>
    public BundleBuilder WithRootfsMounts(IReadOnlyList<RootfsMount> mounts, bool readOnly = false)
    {
        ArgumentNullException.ThrowIfNull(mounts);
        Demand(mounts.Count > 0, "a root file system of no mounts");
        _rootfs = null;
        _rootfsMounts = [.. mounts];
        _readOnlyRootfs = readOnly;
        return this;
    }

    /// <summary>Sets the program and its arguments. A program without a slash is looked for in the container's <c>PATH</c>.</summary>
    /// <exception cref="ShimException">InvalidArgument: none, or an empty program.</exception>
    public BundleBuilder WithArgs(params IReadOnlyList<string> args)
    {
        ArgumentNullException.ThrowIfNull(args);
        Demand(args.Count > 0 && !string.IsNullOrEmpty(args[0]), "there is no program to run");
        DemandTexts(args, "an argument");
        _args = [.. args];
        return this;
    }

    /// <summary>Sets an environment variable. <c>PATH</c> is set to the usual directories unless it is set here.</summary>
    /// <exception cref="ShimException">InvalidArgument: an empty name, or one with <c>=</c>.</exception>
    public BundleBuilder WithEnv(string name, string value)
    {
        DemandVariable(name, value);
        _environment[name] = value;
        return this;
    }

    /// <summary>Sets environment variables.</summary>
    /// <exception cref="ShimException">InvalidArgument: an empty name, or one with <c>=</c>.</exception>
    public BundleBuilder WithEnv(IEnumerable<KeyValuePair<string, string>> variables)
    {
        ArgumentNullException.ThrowIfNull(variables);
        foreach ((string name, string value) in variables)
        {
            WithEnv(name, value);
        }

        return this;
    }

    /// <summary>Sets the directory that the program starts in; the runtime makes it where it is missing. Default: <c>/</c>.</summary>
    /// <exception cref="ShimException">InvalidArgument: not absolute.</exception>
    public BundleBuilder WithWorkingDirectory(string path)
    {
        DemandAbsolute(path, "working directory");
        _workingDirectory = path;
        return this;
    }

    /// <summary>Sets whom the program runs as. Default: user and group 0 of the container, with its capabilities.</summary>
    public BundleBuilder WithUser(uint uid, uint gid, params IReadOnlyList<uint> additionalGids)
    {
        _user = new ContainerUser(uid, gid) { AdditionalGids = additionalGids };
        return this;
    }

    /// <summary>Gives the program a pseudo terminal. The engine does so by itself for a container whose stdio has one.</summary>
    public BundleBuilder WithTerminal()
    {
        _terminal = true;
        return this;
    }

    /// <summary>Sets the host name. Default: the container's id.</summary>
    /// <exception cref="ShimException">InvalidArgument: longer than 64 bytes, or empty.</exception>
    public BundleBuilder WithHostname(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        Demand(name.Length is > 0 and <= 64, $"host name {Quoted.Text(name)}");
        _hostname = name;
        return this;
    }

    /// <summary>Limits what the container may use. Default: no limits.</summary>
    /// <exception cref="ShimException">InvalidArgument: a limit that no kernel takes.</exception>
    public BundleBuilder WithLimits(ResourceLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        limits.Validate();
        _limits = limits;
        return this;
    }

    /// <summary>Limits each process of the container; see getrlimit(2). Default: as the runtime has it.</summary>
    /// <exception cref="ShimException">InvalidArgument: an unknown name, or a soft limit above the hard one.</exception>
    public BundleBuilder AddProcessLimit(ProcessLimit limit)
    {
        ArgumentNullException.ThrowIfNull(limit);
        Demand(limit.Name.StartsWith("RLIMIT_", StringComparison.Ordinal), $"process limit {Quoted.Text(limit.Name)} has no name like RLIMIT_NOFILE");
        Demand(limit.Soft <= limit.Hard, $"{limit.Name}: the soft limit {limit.Soft} is above the hard one, {limit.Hard}");
        _processLimits.RemoveAll(old => old.Name == limit.Name);
        _processLimits.Add(limit);
        return this;
    }

    /// <summary>
    /// Sets the cgroup, which must be the container's alone. Default: <c>/NAMESPACE-XXXXXXXX/ID</c>, where eight digits stand for the state
    /// directory of the engine, or a scope of systemd of such a name where the runtime makes cgroups through it.
    /// </summary>
    /// <exception cref="ShimException">InvalidArgument: a path with <c>..</c> in it.</exception>
    public BundleBuilder WithCgroupsPath(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Demand(Array.IndexOf(path.Split('/'), "..") < 0, $"cgroup {Quoted.Text(path)}");
        _cgroupsPath = path;
        return this;
    }

    /// <summary>Attaches a text to the container, for <see cref="ShimContainer.Annotations"/>; see the OCI specification, annotations.</summary>
    public BundleBuilder WithAnnotation(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        _annotations[name] = value;
        return this;
    }

    /// <summary>Sets the signal that <see cref="ShimContainer.StopAsync"/> sends first, kept as an annotation. Default: SIGTERM.</summary>
    /// <exception cref="ShimException">InvalidArgument: no such signal.</exception>
    public BundleBuilder WithStopSignal(LinuxSignal signal)
    {
        string name = signal.ToString();
        Demand(LinuxSignal.TryParse(name, out _), $"signal {name}");
        return WithAnnotation(StopSignalAnnotation, name);
    }

    /// <summary>How readily the OOM killer takes this container when the machine runs out of memory, -1000 to 1000. Default: as the runtime has it.</summary>
    /// <exception cref="ShimException">InvalidArgument: out of range.</exception>
    public BundleBuilder WithOomScoreAdjustment(int adjustment)
    {
        Demand(adjustment is >= -1000 and <= 1000, $"an OOM score adjustment of {adjustment}");
        _oomScoreAdjustment = adjustment;
        return this;
    }

    /// <summary>
    /// Makes a container that an ordinary user may run with a rootless runtime: root in it is the current user, in a user namespace, and
    /// there is no cgroup of its own.
    /// </summary>
    public BundleBuilder AsRootless()
    {
        _rootless = true;
        return WithUserNamespace([new IdMapping(0, Libc.EffectiveUserId(), 1)], [new IdMapping(0, Libc.EffectiveGroupId(), 1)]);
    }
}
