using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>
/// Refuses a container in a cgroup that others are in. runc would put it there: each would have the other's limits, processes and
/// statistics, and be killed with the other.
/// </summary>
internal sealed class CgroupVacancy(HostFiles files)
{
    /// <param name="id">The container.</param>
    /// <param name="spec">Its configuration.</param>
    /// <param name="options">Where systemd makes cgroups, it refuses a scope that is there already.</param>
    /// <exception cref="ShimException">FailedPrecondition: there are processes in its cgroup, or in one below.</exception>
    internal void Demand(string id, BundleSpec spec, RuntimeOptions options)
    {
        if (options.SystemdCgroup)
        {
            return;
        }

        string path = ContainerCgroups.PathOf(spec, id);
        using HostReader reader = new(files);
        if (ContainerCgroups.Locate(files, path).Find(directory => HasProcesses(reader, directory)) is { } taken)
        {
            throw ShimException.FailedPrecondition($"cgroup {path} is in use: there are processes in {taken}");
        }
    }

    private static bool HasProcesses(HostReader reader, string directory) =>
        (reader.TryRead(directory + "/cgroup.procs", out ReadOnlySpan<char> pids) && !pids.IsEmpty)
        || reader.Files.Directories(directory).Exists(child => HasProcesses(reader, child));
}
