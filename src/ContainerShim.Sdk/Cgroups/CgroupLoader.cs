using System.Globalization;
using ContainerShim.Sdk.Linux;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Finds cgroups through <c>/proc/PID/cgroup</c>. One loader has at most one inotify instance, as long as an OOM watch on v2 lives.</summary>
internal sealed class CgroupLoader : ICgroupLoader
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
    /// that of this process, which a runtime that makes no cgroups leaves its containers in: its usage and its OOM kills are the shim's.
    /// </remarks>
    public ICgroup Load(int pid)
    {
        using HostReader reader = new(_host.Files);
        CgroupMounts mounts = CgroupMounts.Read(reader);
        CgroupMode mode = mounts.Mode;
        if (mode == CgroupMode.Unavailable)
        {
            throw ShimException.NotFound("no cgroup file system is mounted");
        }

        Dictionary<string, string> directories = Locate(reader, mounts, pid.ToString(CultureInfo.InvariantCulture), unified: mode == CgroupMode.V2);
        foreach ((string controller, string own) in LocateOwn(reader, mounts, unified: mode == CgroupMode.V2))
        {
            if (directories.GetValueOrDefault(controller) == own)
            {
                directories.Remove(controller);
            }
        }

        if (directories.Count == 0)
        {
            throw ShimException.NotFound(string.Create(CultureInfo.InvariantCulture, $"process {pid} has no cgroup of its own"));
        }

        if (mode != CgroupMode.V2)
        {
            return new CgroupV1(_host, directories);
        }

        string directory = directories[""];
        SubtreeControllers.Enable(reader, mounts.Locate("", "/")?.Directory, directory, _host.Logger);
        return new CgroupV2(_host, directory);
    }

    private static Dictionary<string, string> LocateOwn(HostReader reader, CgroupMounts mounts, bool unified)
    {
        try
        {
            return Locate(reader, mounts, "self", unified);
        }
        catch (ShimException)
        {
            return [];
        }
    }

    /// <summary>The directories of a process's cgroups by controller; that of the unified hierarchy under the empty name.</summary>
    private static Dictionary<string, string> Locate(HostReader reader, CgroupMounts mounts, string process, bool unified)
    {
        if (!reader.TryRead($"/proc/{process}/cgroup", out ReadOnlySpan<char> text))
        {
            throw ShimException.NotFound($"process {process}");
        }

        Dictionary<string, string> directories = new(StringComparer.Ordinal);
        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            // number:controllers:path, where the path may hold colons. 0::path is the unified hierarchy.
            FieldReader.Divide(lines.Rest, ':', out ReadOnlySpan<char> rest);
            ReadOnlySpan<char> controllers = FieldReader.Divide(rest, ':', out ReadOnlySpan<char> path);
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
}
