using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Puts a shim into the cgroup that the option <c>ShimCgroup</c> names, so that its memory and CPU time are not containerd's.</summary>
internal static class ShimCgroup
{
    // Empty in a new cgroup, and nobody can be added before they are set: see cpusets(7).
    private static readonly string[] CpusetFiles = ["cpuset.cpus", "cpuset.mems"];

    /// <summary>Moves a process into a cgroup, in all hierarchies of v1 or in the unified one. Makes the cgroup where it is missing.</summary>
    /// <param name="path">The path in the hierarchies, such as <c>/shims</c>.</param>
    /// <param name="pid">The process.</param>
    /// <param name="files">The files, the machine's own by default.</param>
    /// <exception cref="ShimException">
    /// InvalidArgument: the path has a part <c>..</c>. NotFound: no cgroup file system, or no such process. Others: what the kernel answers.
    /// </exception>
    internal static void Join(string path, int pid, HostFiles? files = null)
    {
        string below = path.Trim('/');
        if (below.Length == 0 || Array.IndexOf(below.Split('/'), "..") >= 0)
        {
            throw ShimException.InvalidArgument($"shim cgroup {path}");
        }

        using HostReader reader = new(files ?? new HostFiles());
        CgroupMounts mounts = CgroupMounts.Read(reader);
        CgroupMode mode = mounts.Mode;
        if (mode == CgroupMode.Unavailable)
        {
            throw ShimException.NotFound("no cgroup file system is mounted");
        }

        byte[] value = Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture));
        foreach (CgroupMount mount in mounts.All)
        {
            if (mount.IsUnified == (mode == CgroupMode.V2))
            {
                string directory = Create(reader, mount, below);
                int error = reader.Files.TryWrite(directory + "/cgroup.procs", value);
                if (error != 0)
                {
                    throw new LinuxException(error, $"write {directory}/cgroup.procs").ToShimException();
                }
            }
        }
    }

    private static string Create(HostReader reader, CgroupMount mount, string below)
    {
        string directory = mount.MountPoint;
        bool cpuset = Array.IndexOf(mount.Controllers, "cpuset") >= 0;
        foreach (string part in below.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            string parent = directory;
            directory = $"{parent}/{part}";
            try
            {
                reader.Files.CreateDirectory(directory);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw exception is UnauthorizedAccessException
                    ? ShimException.PermissionDenied($"mkdir {directory}", exception)
                    : ShimException.Unknown($"mkdir {directory}: {exception.Message}", exception);
            }

            if (cpuset)
            {
                InheritCpuset(reader, parent, directory);
            }
        }

        return directory;
    }

    private static void InheritCpuset(HostReader reader, string parent, string directory)
    {
        foreach (string file in CpusetFiles)
        {
            if (reader.TryRead($"{directory}/{file}", out ReadOnlySpan<char> own) && own.Trim().IsEmpty
                && reader.TryRead($"{parent}/{file}", out ReadOnlySpan<char> inherited))
            {
                _ = reader.Files.TryWrite($"{directory}/{file}", Encoding.ASCII.GetBytes(inherited.Trim().ToString()));
            }
        }
    }
}
