using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Finds cgroups through <c>/proc/PID/cgroup</c>, or what was kept of it. One loader has at most one inotify instance, as long as an OOM watch on v2 lives.</summary>
internal sealed class CgroupLoader : ICgroupLoader, ILocatedCgroups
{
    private readonly CgroupHost _host;

    internal CgroupLoader(IReactor reactor, TimeProvider time, ILogger logger, string root = "")
        : this(new HostFiles(root), reactor, time, logger)
    {
    }

    internal CgroupLoader(HostFiles files, IReactor reactor, TimeProvider time, ILogger logger) =>
        _host = new CgroupHost(files, reactor, new InotifyHub(reactor), time, logger);

    /// <inheritdoc/>
    /// <remarks>
    /// The root of a hierarchy is nobody's own cgroup, and v1 shows it for a process that is exiting: such a path counts as none. Nor is
    /// that of this process, which a runtime that makes no cgroups leaves its containers in: its usage and its OOM kills are the shim's. Nor
    /// is one above that: to kill all of it would be to kill the shim.
    /// </remarks>
    public ICgroup Load(int pid)
    {
        using HostReader reader = new(_host.Files);
        CgroupMounts mounts = ReadMounts(reader);
        return reader.TryRead(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/cgroup"), out ReadOnlySpan<char> text)
            ? Load(reader, mounts, text.ToString(), string.Create(CultureInfo.InvariantCulture, $"process {pid} has no cgroup of its own"))
            : throw ShimException.NotFound(string.Create(CultureInfo.InvariantCulture, $"process {pid}"));
    }

    /// <inheritdoc/>
    public ICgroup Find(string location)
    {
        using HostReader reader = new(_host.Files);
        return Load(reader, ReadMounts(reader), location, "the cgroup that was recorded is gone");
    }

    private static CgroupMounts ReadMounts(HostReader reader)
    {
        CgroupMounts mounts = CgroupMounts.Read(reader);
        return mounts.Mode != CgroupMode.Unavailable ? mounts : throw ShimException.NotFound("no cgroup file system is mounted");
    }

    private Cgroup Load(HostReader reader, CgroupMounts mounts, string location, string otherwise)
    {
        Dictionary<string, string> directories = Locate(reader, mounts, location);
        foreach ((string controller, string own) in LocateOwn(reader, mounts))
        {
            if (directories.TryGetValue(controller, out string? directory) && (own == directory || own.StartsWith(directory + "/", StringComparison.Ordinal)))
            {
                directories.Remove(controller);
            }
        }

        if (directories.Count == 0)
        {
            throw ShimException.NotFound(otherwise);
        }

        location = Keep(location, directories);
        if (mounts.Mode != CgroupMode.V2)
        {
            return new CgroupV1(_host, directories) { Location = location };
        }

        string unified = directories[""];
        SubtreeControllers.Enable(reader, mounts.Locate("", "/")?.Directory, unified, _host.Logger);
        return new CgroupV2(_host, unified) { Location = location };
    }

    private static Dictionary<string, string> LocateOwn(HostReader reader, CgroupMounts mounts) =>
        reader.TryRead("/proc/self/cgroup", out ReadOnlySpan<char> text) ? Locate(reader, mounts, text.ToString()) : [];

    /// <summary>The directories of cgroups by controller; that of the unified hierarchy under the empty name.</summary>
    private static Dictionary<string, string> Locate(HostReader reader, CgroupMounts mounts, string location)
    {
        bool unified = mounts.Mode == CgroupMode.V2;
        Dictionary<string, string> directories = new(StringComparer.Ordinal);
        FieldReader lines = new(location);
        while (lines.NextLine())
        {
            ReadOnlySpan<char> controllers = ControllersOf(lines.Rest, out ReadOnlySpan<char> path);
            if (unified != controllers.IsEmpty)
            {
                continue;
            }

            foreach (Range range in controllers.Split(','))
            {
                string controller = controllers[range].ToString();
                if (mounts.Locate(controller, path.ToString()) is var (mount, directory) && directory != mount.MountPoint && reader.Files.DirectoryExists(directory))
                {
                    directories[controller] = directory;
                }
            }
        }

        return directories;
    }

    /// <summary>The lines that led to directories.</summary>
    private static string Keep(string location, Dictionary<string, string> directories)
    {
        StringBuilder kept = new(location.Length);
        FieldReader lines = new(location);
        while (lines.NextLine())
        {
            ReadOnlySpan<char> controllers = ControllersOf(lines.Rest, out _);
            foreach (Range range in controllers.Split(','))
            {
                if (directories.ContainsKey(controllers[range].ToString()))
                {
                    kept.Append(lines.Rest).Append('\n');
                    break;
                }
            }
        }

        return kept.ToString();
    }

    /// <summary>number:controllers:path, where the path may hold colons. 0::path is the unified hierarchy.</summary>
    private static ReadOnlySpan<char> ControllersOf(ReadOnlySpan<char> line, out ReadOnlySpan<char> path)
    {
        FieldReader.Divide(line, ':', out ReadOnlySpan<char> rest);
        return FieldReader.Divide(rest, ':', out path);
    }
}
