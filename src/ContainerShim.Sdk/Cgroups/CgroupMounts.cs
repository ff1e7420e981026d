using System.Text;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The cgroup file systems that are mounted, from <c>/proc/self/mountinfo</c>; see proc_pid_mountinfo(5).</summary>
internal sealed class CgroupMounts
{
    private const string Usual = "/sys/fs/cgroup";

    private readonly List<CgroupMount> _mounts = [];

    private CgroupMounts()
    {
    }

    internal IReadOnlyList<CgroupMount> All => _mounts;

    internal CgroupMode Mode
    {
        get
        {
            bool v1 = _mounts.Exists(static mount => !mount.IsUnified);
            bool unified = _mounts.Exists(static mount => mount.IsUnified);
            return _mounts.Exists(static mount => mount.IsUnified && mount.MountPoint == Usual) ? CgroupMode.V2
                : v1 ? unified ? CgroupMode.Hybrid : CgroupMode.V1
                : unified ? CgroupMode.V2
                : CgroupMode.Unavailable;
        }
    }

    internal static CgroupMounts Read(HostReader reader)
    {
        CgroupMounts mounts = new();
        if (reader.TryRead("/proc/self/mountinfo", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                mounts.Add(ref lines);
            }
        }

        return mounts;
    }

    /// <summary>The mount that shows a path of the hierarchy of a controller (empty: the unified one), and the directory there.</summary>
    internal (CgroupMount Mount, string Directory)? Locate(string controller, string path)
    {
        foreach (CgroupMount mount in _mounts)
        {
            bool matches = controller.Length == 0 ? mount.IsUnified : Array.IndexOf(mount.Controllers, controller) >= 0;
            if (matches && mount.Localize(path) is { } directory)
            {
                return (mount, directory);
            }
        }

        return null;
    }

    private void Add(ref FieldReader line)
    {
        // id, parent, device
        line.NextField();
        line.NextField();
        line.NextField();
        ReadOnlySpan<char> root = line.NextField();
        ReadOnlySpan<char> mountPoint = line.NextField();
        ReadOnlySpan<char> field;
        do
        {
            field = line.NextField();
        }
        while (!field.IsEmpty && !field.SequenceEqual("-"));

        ReadOnlySpan<char> type = line.NextField();
        line.NextField();
        bool unified = type.SequenceEqual("cgroup2");
        bool counts = unified || type.SequenceEqual("cgroup");
        if (!counts && _mounts.Count == 0)
        {
            return;
        }

        // Of two mounts on one directory the later hides the earlier.
        string at = Unescape(mountPoint);
        _mounts.RemoveAll(mount => mount.MountPoint == at);
        if (counts)
        {
            _mounts.Add(new CgroupMount(Unescape(root), at, unified ? [] : line.NextField().ToString().Split(',')));
        }
    }

    /// <summary>Space, tab, newline and backslash are written in octal.</summary>
    private static string Unescape(ReadOnlySpan<char> field)
    {
        if (!field.Contains('\\'))
        {
            return field.ToString();
        }

        StringBuilder result = new(field.Length);
        for (int i = 0; i < field.Length; i++)
        {
            if (field[i] == '\\' && i + 3 < field.Length)
            {
                result.Append((char)(((field[i + 1] - '0') << 6) | ((field[i + 2] - '0') << 3) | (field[i + 3] - '0')));
                i += 3;
            }
            else
            {
                result.Append(field[i]);
            }
        }

        return result.ToString();
    }
}
