using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Mounts;

/// <summary>Makes one mount by system calls. Runs on a <see cref="MountThread"/>, whose working directory it may change.</summary>
internal static class MountCalls
{
    private const MountFlags ReadOnlyBind = MountFlags.Bind | MountFlags.ReadOnly;

    /// <summary>Flags that a mount may not lose within a user namespace; see mount_namespaces(7), locked mounts.</summary>
    private const MountFlags LockedFlags = MountFlags.ReadOnly | MountFlags.NoDev | MountFlags.NoExec | MountFlags.NoSuid
        | MountFlags.NoAccessTime | MountFlags.NoDirAccessTime;

    /// <param name="root">The root file system.</param>
    /// <param name="mount">What to mount.</param>
    /// <param name="userNamespace">The ids to show, or null.</param>
    /// <param name="onMounted">Told the path as soon as there is something to take away again.</param>
    /// <exception cref="IOException">A <see cref="LinuxException"/> or <see cref="MountException"/>.</exception>
    internal static void Make(string root, RootfsMount mount, SafeFd? userNamespace, Action<string> onMounted)
    {
        using MappedLayers? layers = userNamespace is not null && mount.Type == "overlay" ? MappedLayers.Make(mount.Options, userNamespace) : null;
        (string? directory, IReadOnlyList<string> words) =
            mount.Type == "overlay" ? OverlayLayers.Compact(layers?.Options ?? mount.Options) : (null, mount.Options);
        MountOptions options = MountOptions.Parse(words);
        string data = string.Join(',', options.Data);

        // The kernel takes a page and ends it with a NUL.
        if (Encoding.UTF8.GetByteCount(data) >= Environment.SystemPageSize)
        {
            throw new MountException("mount options is too long");
        }

        if (options.CallsMount)
        {
            using LoopDevice? loop = options.UsesLoop
                ? LoopDevice.Attach(mount.Source, options.Flags.HasFlag(MountFlags.ReadOnly), options.UsesDirectIo)
                : null;
            using MountTarget target = MountTarget.Open(root, mount.Target);
            if (directory is not null)
            {
                Libc.EnterDirectoryAlone(directory);
            }

            Mount(loop?.Path ?? mount.Source, target, mount.Type, options.Flags, data);
            if (!options.Flags.HasFlag(MountFlags.Remount))
            {
                onMounted(target.RealPath);
            }
        }

        if (userNamespace is not null && layers is null)
        {
            Map(root, mount.Target, userNamespace);
        }

        if (options.Propagation != 0)
        {
            using MountTarget target = MountTarget.Open(root, mount.Target);
            Libc.Mount("", target.Path, "", (ulong)(options.Propagation | (options.Flags & MountFlags.Silent)), "");
        }

        if ((options.Flags & ReadOnlyBind) == ReadOnlyBind)
        {
            // A bind takes the flags of its source; only a remount changes them.
            using MountTarget target = MountTarget.Open(root, mount.Target);
            MountFlags kept = IsInUserNamespace() ? (MountFlags)Libc.MountFlagsOf(target.Path) & LockedFlags : 0;
            Libc.Mount("", target.Path, "", (ulong)(options.Flags | kept | MountFlags.Remount), "");
        }
    }

    /// <summary>On failure says all that was asked for, in containerd's words: "no such file" alone does not tell which.</summary>
    private static void Mount(string source, MountTarget target, string type, MountFlags flags, string data)
    {
        try
        {
            Libc.Mount(source, target.Path, type, (ulong)flags, data);
        }
        catch (LinuxException e)
        {
            throw new MountException(
                $"mount source: \"{source}\", target: \"{target.RealPath}\", fstype: {type}, flags: {(ulong)flags}, data: \"{data}\", err: {LinuxException.Describe(e.Errno)}");
        }
    }

    /// <summary>Puts a mapped copy in the place of a mount that has just been made: a mount that is in use can no longer be mapped.</summary>
    private static void Map(string root, string path, SafeFd userNamespace)
    {
        SafeFd copy;
        string place;
        using (MountTarget target = MountTarget.Open(root, path))
        {
            copy = Libc.CloneMount(target.Place);
            place = target.RealPath;
        }

        using (copy)
        {
            Libc.MapMount(copy, userNamespace, readOnly: false);
            int error = Libc.Unmount(place);
            if (error != 0)
            {
                throw new LinuxException(error, "umount " + place);
            }

            using MountTarget target = MountTarget.Open(root, path);
            Libc.AttachMount(copy, target.Place);
        }
    }

    /// <summary>Whether root here is not root of the machine. See user_namespaces(7).</summary>
    private static bool IsInUserNamespace()
    {
        string[] fields = File.ReadAllText("/proc/self/uid_map").Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        return fields is not ["0", "0", "4294967295"];
    }
}
