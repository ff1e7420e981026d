using ContainerShim.Sdk.Diagnostics;

namespace ContainerShim.Sdk.Bundles;

/// <content>What the container sees of the machine, and what it may do.</content>
public sealed partial class BundleBuilder
{
    /// <summary>Shows a file or directory of the host in the container.</summary>
    /// <param name="source">An existing file or directory; relative to the current one.</param>
    /// <param name="destination">Where it is to be seen; made in the root file system where it is missing, also in a read-only one.</param>
    /// <param name="readOnly">Whether the container may not write to it.</param>
    /// <exception cref="ShimException">InvalidArgument: there is no source, or the destination is not absolute.</exception>
    public BundleBuilder AddBindMount(string source, string destination, bool readOnly = false)
    {
        ArgumentException.ThrowIfNullOrEmpty(source);
        DemandAbsolute(destination, "mount point");
        Demand(Path.Exists(source), $"there is no {Quoted.Text(source)} to mount");
        return Add(new BundleMount(destination, "bind", Path.GetFullPath(source), "rbind", "rprivate", readOnly ? "ro" : "rw"));
    }

    /// <summary>Mounts an empty file system in memory.</summary>
    /// <param name="destination">Where.</param>
    /// <param name="size">The most it holds, in bytes. Default: 0, half of the machine's memory. It counts as the container's memory.</param>
    /// <exception cref="ShimException">InvalidArgument: the destination is not absolute, or the size negative.</exception>
    public BundleBuilder AddTmpfs(string destination, long size = 0)
    {
        DemandAbsolute(destination, "mount point");
        Demand(size >= 0, $"a tmpfs of {size} bytes");
        return Add(size == 0
            ? new BundleMount(destination, "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777")
            : new BundleMount(destination, "tmpfs", "tmpfs", "nosuid", "nodev", "mode=1777", $"size={size}"));
    }

    /// <summary>Adds any mount, in the words of the OCI specification. One on the same mount point as a default mount replaces it.</summary>
    /// <exception cref="ShimException">InvalidArgument: the destination is not absolute.</exception>
    public BundleBuilder AddMount(string source, string destination, string type, params IReadOnlyList<string> options)
    {
        DemandAbsolute(destination, "mount point");
        ArgumentException.ThrowIfNullOrEmpty(type);
        ArgumentNullException.ThrowIfNull(source);
        return Add(new BundleMount(destination, type, source, options));
    }

    /// <summary>Leaves the container in the network of the host: its interfaces, its ports, its abstract unix sockets.</summary>
    public BundleBuilder WithHostNetwork() => ShareNamespace(NamespaceKind.Network);

    /// <summary>
    /// Puts the container into an existing namespace, for example <c>/proc/PID/ns/net</c> of another container. In the pid namespace of
    /// another, its processes would outlive its init process, and are killed with it.
    /// </summary>
    /// <exception cref="ShimException">InvalidArgument: the path is not absolute.</exception>
    public BundleBuilder JoinNamespace(NamespaceKind kind, string path)
    {
        DemandAbsolute(path, "namespace");
        _namespaces[kind] = path;
        _sharesCgroups &= kind != NamespaceKind.Cgroup;
        return this;
    }

    /// <summary>Leaves the container in the namespace of this process.</summary>
    /// <exception cref="ShimException">InvalidArgument: the mount namespace, which no container shares.</exception>
    public BundleBuilder ShareNamespace(NamespaceKind kind)
    {
        Demand(kind != NamespaceKind.Mount, "a container has a mount namespace of its own");
        _namespaces.Remove(kind);
        _sharesCgroups |= kind == NamespaceKind.Cgroup;
        return this;
    }

    /// <summary>Gives the container a user namespace: its users are others outside.</summary>
    /// <exception cref="ShimException">InvalidArgument: no mapping.</exception>
    public BundleBuilder WithUserNamespace(IReadOnlyList<IdMapping> uidMappings, IReadOnlyList<IdMapping> gidMappings)
    {
        ArgumentNullException.ThrowIfNull(uidMappings);
        ArgumentNullException.ThrowIfNull(gidMappings);
        Demand(uidMappings.Count > 0 && gidMappings.Count > 0, "a user namespace without users");
        _namespaces[NamespaceKind.User] = "";
        _uidMappings = [.. uidMappings];
        _gidMappings = [.. gidMappings];
        return this;
    }

    /// <summary>Sets the capabilities; see capabilities(7). Default: containerd's set of 14.</summary>
    /// <exception cref="ShimException">InvalidArgument: not the name of a capability of Linux, such as <c>CAP_NET_ADMIN</c>.</exception>
    public BundleBuilder WithCapabilities(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        _capabilities.Clear();
        return AddCapabilities(names);
    }

    /// <summary>Adds capabilities.</summary>
    /// <exception cref="ShimException">InvalidArgument: not the name of a capability of Linux, such as <c>CAP_NET_ADMIN</c>.</exception>
    public BundleBuilder AddCapabilities(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (string name in names)
        {
            _capabilities.Add(Capability(name));
        }

        return this;
    }

    /// <summary>Takes capabilities away. One that is not there does not matter.</summary>
    /// <exception cref="ShimException">InvalidArgument: not the name of a capability of Linux, such as <c>CAP_NET_ADMIN</c>.</exception>
    public BundleBuilder RemoveCapabilities(params IReadOnlyList<string> names)
    {
        ArgumentNullException.ThrowIfNull(names);
        foreach (string name in names)
        {
            _capabilities.Remove(Capability(name));
        }

        return this;
    }

    /// <summary>Lets programs gain privileges by set-user-ID bits and file capabilities. Default: they cannot (<c>no_new_privs</c>).</summary>
    public BundleBuilder AllowNewPrivileges()
    {
        _newPrivileges = true;
        return this;
    }

    /// <summary>Sets a parameter of the kernel that belongs to one of the container's namespaces, for example <c>net.ipv4.ip_forward</c>.</summary>
    public BundleBuilder WithSysctl(string name, string value)
    {
        ArgumentException.ThrowIfNullOrEmpty(name);
        ArgumentNullException.ThrowIfNull(value);
        _sysctls[name] = value;
        return this;
    }

    /// <summary>Filters system calls. Default: no filter, as in <c>runc spec</c>.</summary>
    /// <param name="profile">
    /// The object <c>linux.seccomp</c> of the OCI specification, as UTF-8 JSON. Docker's profile files are of another kind: they have conditions
    /// that docker resolves, and that a runtime would pass over.
    /// </param>
    /// <exception cref="ShimException">
    /// InvalidArgument: not a JSON object, without <c>defaultAction</c>, with which a runtime would filter nothing, or a profile of docker's.
    /// </exception>
    public BundleBuilder WithSeccomp(ReadOnlyMemory<byte> profile)
    {
        Tasks.RequestJson.Demand(profile, "seccomp profile");
        SeccompProfile.Demand(profile);
        _seccomp = profile.ToArray();
        return this;
    }

    private static string Capability(string name)
    {
        Demand(CapabilityNames.IsKnown(name), $"capability {Quoted.Text(name)} is none of Linux, such as CAP_NET_ADMIN");
        return name;
    }

    private BundleBuilder Add(BundleMount mount)
    {
        _mounts.Add(mount);
        return this;
    }
}
