using ContainerShim.Sdk.Diagnostics;

namespace ContainerShim.Sdk.Mounts;

/// <summary>The options of one mount, sorted into flags, requests to the shim, and data for the file system.</summary>
internal sealed record MountOptions
{
    private const string InternalPrefix = "X-containerd.";

    private static readonly Dictionary<string, (MountFlags Set, MountFlags Clear)> Table = new(StringComparer.Ordinal)
    {
        ["async"] = (0, MountFlags.Synchronous),
        ["atime"] = (0, MountFlags.NoAccessTime),
        ["bind"] = (MountFlags.Bind, 0),
        ["defaults"] = (0, 0),
        ["dev"] = (0, MountFlags.NoDev),
        ["diratime"] = (0, MountFlags.NoDirAccessTime),
        ["dirsync"] = (MountFlags.DirSync, 0),
        ["exec"] = (0, MountFlags.NoExec),
        ["mand"] = (MountFlags.MandatoryLock, 0),
        ["noatime"] = (MountFlags.NoAccessTime, 0),
        ["nodev"] = (MountFlags.NoDev, 0),
        ["nodiratime"] = (MountFlags.NoDirAccessTime, 0),
        ["noexec"] = (MountFlags.NoExec, 0),
        ["nomand"] = (0, MountFlags.MandatoryLock),
        ["norelatime"] = (0, MountFlags.RelativeAccessTime),
        ["nostrictatime"] = (0, MountFlags.StrictAccessTime),
        ["nosuid"] = (MountFlags.NoSuid, 0),
        ["rbind"] = (MountFlags.Bind | MountFlags.Recursive, 0),
        ["relatime"] = (MountFlags.RelativeAccessTime, 0),
        ["remount"] = (MountFlags.Remount, 0),
        ["ro"] = (MountFlags.ReadOnly, 0),
        ["rw"] = (0, MountFlags.ReadOnly),
        ["strictatime"] = (MountFlags.StrictAccessTime, 0),
        ["suid"] = (0, MountFlags.NoSuid),
        ["sync"] = (MountFlags.Synchronous, 0),
    };

    /// <summary>Beyond containerd's table, which leaves these to the file system to refuse.</summary>
    private static readonly Dictionary<string, MountFlags> PropagationTable = new(StringComparer.Ordinal)
    {
        ["private"] = MountFlags.Private,
        ["rprivate"] = MountFlags.Private | MountFlags.Recursive,
        ["shared"] = MountFlags.Shared,
        ["rshared"] = MountFlags.Shared | MountFlags.Recursive,
        ["slave"] = MountFlags.Slave,
        ["rslave"] = MountFlags.Slave | MountFlags.Recursive,
        ["unbindable"] = MountFlags.Unbindable,
        ["runbindable"] = MountFlags.Unbindable | MountFlags.Recursive,
    };

    /// <summary>Flags of the mount itself.</summary>
    public MountFlags Flags { get; init; }

    /// <summary>The propagation to set afterwards; none when the options name none.</summary>
    public MountFlags Propagation { get; init; }

    /// <summary>What is left for the file system, in order.</summary>
    public IReadOnlyList<string> Data { get; init; } = [];

    /// <summary>Whether the source is a file to be mounted through a loop device.</summary>
    public bool UsesLoop { get; init; }

    /// <summary>Whether that loop device bypasses the page cache of the file.</summary>
    public bool UsesDirectIo { get; init; }

    /// <summary>The value of <c>uidmap=</c>, <c>inside:outside:count[,…]</c>; empty without one.</summary>
    public string UidMap { get; init; } = "";

    /// <summary>The value of <c>gidmap=</c>.</summary>
    public string GidMap { get; init; } = "";

    /// <summary>Whether ids are to be mapped, which takes both maps.</summary>
    public bool IsMapped => UidMap.Length > 0 && GidMap.Length > 0;

    /// <summary>Whether mount(2) is to be called: a remount that changes nothing for the file system is left to later calls.</summary>
    public bool CallsMount => !Flags.HasFlag(MountFlags.Remount) || Data.Count > 0;

    /// <exception cref="MountException">An option that containerd's mount manager should have consumed.</exception>
    internal static MountOptions Parse(IReadOnlyList<string> options)
    {
        MountFlags flags = 0;
        MountFlags propagation = 0;
        MountOptions parsed = new() { UsesLoop = options.Contains("loop") };
        List<string> data = [];
        foreach (string option in options)
        {
            if (option.StartsWith(InternalPrefix, StringComparison.Ordinal))
            {
                throw new MountException($"internal mount option {Quoted.Text(option)} was not consumed by the mount manager");
            }

            if (Table.TryGetValue(option, out (MountFlags Set, MountFlags Clear) change))
            {
                flags = (flags & ~change.Clear) | change.Set;
            }
            else if (PropagationTable.TryGetValue(option, out MountFlags kind))
            {
                propagation |= kind;
            }
            else if (option.StartsWith("uidmap=", StringComparison.Ordinal))
            {
                parsed = parsed with { UidMap = option["uidmap=".Length..] };
            }
            else if (option.StartsWith("gidmap=", StringComparison.Ordinal))
            {
                parsed = parsed with { GidMap = option["gidmap=".Length..] };
            }
            else if (parsed.UsesLoop && option == "direct-io")
            {
                parsed = parsed with { UsesDirectIo = true };
            }
            else if (option != "loop")
            {
                data.Add(option);
            }
        }

        return parsed with { Flags = flags, Propagation = propagation, Data = data };
    }
}
