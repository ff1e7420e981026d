using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Puts the shim itself into a cgroup, so that its own memory and time are accounted and limited.</summary>
internal static class ShimCgroup
{
    /// <summary>Adds a process to a cgroup of every hierarchy, made where it is missing.</summary>
    /// <exception cref="ShimException">Unknown: the kernel refused.</exception>
    internal static void Add(string path, int pid, HostFiles? files = null)
    {
        using HostReader reader = new(files ?? new HostFiles());
        byte[] value = Encoding.ASCII.GetBytes(pid.ToString(CultureInfo.InvariantCulture));
        CgroupMounts mounts = CgroupMounts.Read(reader);
        foreach (CgroupMount mount in mounts.All)
        {
            // In a hybrid system the unified hierarchy has nothing to account.
            if ((mount.IsUnified && mounts.Mode != CgroupMode.V2) || mount.Localize("/" + path.Trim('/')) is not { } directory)
            {
                continue;
            }

            reader.Files.CreateDirectory(directory);
            InheritCpuset(reader, mount, directory);
            int error = reader.Files.TryWrite(directory + "/cgroup.procs", value);
            if (error != 0)
            {
                throw ShimException.Unknown($"failed to join shim to cgroup {directory}: {LinuxException.Describe(error)}");
            }
        }
    }

    /// <summary>A new cpuset of v1 is empty, and takes no process before it is filled.</summary>
    private static void InheritCpuset(HostReader reader, CgroupMount mount, string directory)
    {
        if (Array.IndexOf(mount.Controllers, "cpuset") < 0)
        {
            return;
        }

        string parent = Path.GetDirectoryName(directory)!;
        if (parent.Length > mount.MountPoint.Length)
        {
            InheritCpuset(reader, mount, parent);
        }

        foreach (string file in new[] { "/cpuset.cpus", "/cpuset.mems" })
        {
            if (reader.TryRead(directory + file, out ReadOnlySpan<char> own) && own.Trim().IsEmpty
                && reader.TryRead(parent + file, out ReadOnlySpan<char> inherited))
            {
                _ = reader.Files.TryWrite(directory + file, Encoding.ASCII.GetBytes(inherited.Trim().ToString()));
            }
        }
    }
}
