using System.Text.Json;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Bundles;

/// <content>From the description to <c>config.json</c>.</content>
public sealed partial class BundleBuilder
{
    /// <summary>What the kernel takes (sethostname(2)); ids may be longer.</summary>
    private const int LongestHostname = 64;

    /// <summary>The mounts that make the root file system; empty when it is a directory.</summary>
    internal IReadOnlyList<RootfsMount> RootfsMounts => _rootfsMounts;

    /// <summary>Writes <c>config.json</c> into a directory, which is made (0700) where it is missing.</summary>
    /// <remarks>Where the root file system is made of mounts, their place is <c>rootfs</c> in that directory.</remarks>
    /// <exception cref="ShimException">
    /// InvalidArgument: no root file system, no program, or words that contradict each other. PermissionDenied, ResourceExhausted,
    /// Unknown: the file cannot be written.
    /// </exception>
    public void WriteTo(string directory)
    {
        ArgumentException.ThrowIfNullOrEmpty(directory);
        WriteTo(directory, new BundleContext(_hostname, _cgroupsPath, _terminal, 0, 0));
    }

    /// <summary>Fills what is not set with what the context has.</summary>
    internal void WriteTo(string directory, BundleContext context)
    {
        byte[] config = ToJson(context);
        string path = Path.Join(directory, "config.json");
        try
        {
            Directory.CreateDirectory(directory, DirectoryModes.OwnerOnly);
            BundleFiles.Write(path, config);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw BundleFiles.Translate(exception, "write", path);
        }
    }

    /// <summary>The configuration.</summary>
    internal byte[] ToJson(BundleContext context)
    {
        Demand(_rootfs is not null || _rootfsMounts.Count > 0, "the bundle has no root file system");
        Demand(_args.Count > 0, "the bundle has no program to run");
        Demand(context.Terminal || !_terminal, "the bundle asks for a terminal, and its stdio has none");
        Demand(_hostname is null || _namespaces.ContainsKey(NamespaceKind.Uts), "a host name needs a UTS namespace");
        return SpecJson.Object(writer => Write(writer, context));
    }

    private static void Demand(bool holds, string what)
    {
        if (!holds)
        {
            throw ShimException.InvalidArgument(what);
        }
    }

    private static void DemandAbsolute(string path, string what)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        Demand(path.StartsWith('/') && !path.Contains('\0', StringComparison.Ordinal), $"{what} {Quoted.Text(path)} is not an absolute path");
    }

    private static void DemandTexts(IEnumerable<string> texts, string what)
    {
        foreach (string text in texts)
        {
            Demand(text is not null && !text.Contains('\0', StringComparison.Ordinal), $"{what} is null or has a NUL in it");
        }
    }

    internal static void DemandVariable(string name, string value)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(value);
        Demand(name.Length > 0 && !name.AsSpan().ContainsAny('=', '\0'), $"environment variable {Quoted.Text(name)}");
        DemandTexts([value], $"the value of {name}");
    }

    private void Write(Utf8JsonWriter writer, BundleContext context)
    {
        writer.WriteString("ociVersion", "1.0.2");
        WriteProcess(writer, context);
        writer.WriteStartObject("root");
        writer.WriteString("path", _rootfs ?? "rootfs");
        writer.WriteBoolean("readonly", _readOnlyRootfs);
        writer.WriteEndObject();
        if (_namespaces.TryGetValue(NamespaceKind.Uts, out string? uts) && uts.Length == 0 && (_hostname ?? context.Hostname) is { } hostname)
        {
            writer.WriteString("hostname", hostname.Length <= LongestHostname ? hostname : hostname[..LongestHostname].TrimEnd('.', '_', '-'));
        }

        WriteMounts(writer);
        if (_annotations.Count > 0)
        {
            SpecJson.WriteMap(writer, "annotations", _annotations);
        }

        WriteLinux(writer, context);
    }

    private void WriteProcess(Utf8JsonWriter writer, BundleContext context)
    {
        writer.WriteStartObject("process");
        writer.WriteBoolean("terminal", context.Terminal);
        SpecJson.WriteConsoleSize(writer, context.Columns, context.Rows);
        SpecJson.WriteUser(writer, _user);
        SpecJson.WriteList(writer, "args", _args);
        IEnumerable<string> usual = [BundleDefaults.Path, .. context.Terminal ? (IReadOnlyList<string>)["TERM=xterm"] : []];
        SpecJson.WriteList(
            writer,
            "env",
            usual.Where(text => !_environment.ContainsKey(text[..text.IndexOf('=', StringComparison.Ordinal)]))
                .Concat(_environment.Select(static variable => $"{variable.Key}={variable.Value}")));
        writer.WriteString("cwd", _workingDirectory);
        SpecJson.WriteCapabilities(writer, _capabilities);
        if (_processLimits.Count > 0)
        {
            writer.WriteStartArray("rlimits");
            foreach (ProcessLimit limit in _processLimits)
            {
                writer.WriteStartObject();
                writer.WriteString("type", limit.Name);
                writer.WriteNumber("hard", limit.Hard);
                writer.WriteNumber("soft", limit.Soft);
                writer.WriteEndObject();
            }

            writer.WriteEndArray();
        }

        writer.WriteBoolean("noNewPrivileges", !_newPrivileges);
        if (_oomScoreAdjustment is { } adjustment)
        {
            writer.WriteNumber("oomScoreAdj", adjustment);
        }

        writer.WriteEndObject();
    }

    private void WriteMounts(Utf8JsonWriter writer)
    {
        // In the host's network namespace an ordinary user may not mount sysfs, nor may any in a user namespace.
        bool bindsSys = _rootless || (_namespaces.ContainsKey(NamespaceKind.User) && !_namespaces.ContainsKey(NamespaceKind.Network));
        writer.WriteStartArray("mounts");
        IReadOnlyList<BundleMount> usual = BundleDefaults.Mounts(bindsSys);
        ILookup<bool, BundleMount> own = _mounts.ToLookup(mount => usual.Any(mount.IsAtThePlaceOf));
        // What replaces a usual mount takes its turn, too: later it would hide those below it.
        foreach (BundleMount mount in usual.SelectMany(other => own[true].Where(mount => mount.IsAtThePlaceOf(other)).DefaultIfEmpty(other)).Concat(own[false]))
        {
            writer.WriteStartObject();
            writer.WriteString("destination", mount.Destination);
            writer.WriteString("type", mount.Type);
            writer.WriteString("source", mount.Source);
            SpecJson.WriteList(writer, "options", mount.Options);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private void WriteLinux(Utf8JsonWriter writer, BundleContext context)
    {
        writer.WriteStartObject("linux");
        if ((_cgroupsPath ?? (_rootless ? null : context.CgroupsPath)) is { } cgroup)
        {
            writer.WriteString("cgroupsPath", cgroup);
        }

        WriteNamespaces(writer, context);
        if (_namespaces.ContainsKey(NamespaceKind.User))
        {
            WriteMappings(writer, "uidMappings", _uidMappings);
            WriteMappings(writer, "gidMappings", _gidMappings);
        }

        writer.WriteStartObject("resources");
        if (!_rootless)
        {
            // The runtime itself allows the harmless ones: null, zero, full, random, urandom, tty, ptmx and pts.
            writer.WriteStartArray("devices");
            writer.WriteStartObject();
            writer.WriteBoolean("allow", false);
            writer.WriteString("access", "rwm");
            writer.WriteEndObject();
            writer.WriteEndArray();
        }

        _limits.WriteMembers(writer);
        writer.WriteEndObject();
        if (_sysctls.Count > 0)
        {
            SpecJson.WriteMap(writer, "sysctl", _sysctls);
        }

        if (!_seccomp.IsEmpty)
        {
            writer.WritePropertyName("seccomp");
            writer.WriteRawValue(_seccomp.Span);
        }

        SpecJson.WriteList(writer, "maskedPaths", BundleDefaults.MaskedPaths);
        SpecJson.WriteList(writer, "readonlyPaths", BundleDefaults.ReadOnlyPaths);
        writer.WriteEndObject();
    }

    private void WriteNamespaces(Utf8JsonWriter writer, BundleContext context)
    {
        Dictionary<NamespaceKind, string> namespaces = new(_namespaces);
        if (context.Cgroups == CgroupMode.V2 && !_sharesCgroups)
        {
            // As containerd and runc spec do: only the unified hierarchy hides the host's paths completely.
            namespaces.TryAdd(NamespaceKind.Cgroup, "");
        }

        writer.WriteStartArray("namespaces");
        foreach ((NamespaceKind kind, string path) in namespaces)
        {
            writer.WriteStartObject();
            writer.WriteString("type", NameOf(kind));
            if (path.Length > 0)
            {
                writer.WriteString("path", path);
            }

            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static string NameOf(NamespaceKind kind) => kind switch
    {
        NamespaceKind.Pid => "pid",
        NamespaceKind.Network => "network",
        NamespaceKind.Mount => "mount",
        NamespaceKind.Ipc => "ipc",
        NamespaceKind.Uts => "uts",
        NamespaceKind.User => "user",
        NamespaceKind.Cgroup => "cgroup",
        _ => throw ShimException.InvalidArgument($"namespace {kind}"),
    };

    private static void WriteMappings(Utf8JsonWriter writer, string name, IReadOnlyList<IdMapping> mappings)
    {
        if (mappings.Count == 0)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (IdMapping mapping in mappings)
        {
            writer.WriteStartObject();
            writer.WriteNumber("containerID", mapping.ContainerId);
            writer.WriteNumber("hostID", mapping.HostId);
            writer.WriteNumber("size", mapping.Size);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }
}
