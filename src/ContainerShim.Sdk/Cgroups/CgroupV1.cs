using ContainerShim.Sdk.Protocol;
using Google.Protobuf;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>A cgroup in the hierarchies of v1.</summary>
internal sealed class CgroupV1 : Cgroup
{
    // The hierarchies that hold every process of a container, the most reliable first.
    private static readonly string[] WithProcesses = ["pids", "memory", "freezer", "devices", "cpuset", "cpu", "cpuacct", "blkio", "name=systemd"];

    private readonly Dictionary<string, string> _directories;

    /// <param name="host">The surroundings.</param>
    /// <param name="directories">The directories by controller; at least one.</param>
    internal CgroupV1(CgroupHost host, Dictionary<string, string> directories)
        : base(host, new CgroupTree(host.Files, ProcessDirectory(directories)), FreezerOf(host, directories), OomSourceOf(host, directories)) =>
        _directories = directories;

    /// <inheritdoc/>
    public override CgroupVersion Version => CgroupVersion.V1;

    /// <inheritdoc/>
    protected override (string TypeUrl, IMessage Metrics) ReadMetrics(HostReader reader) => (TypeUrls.CgroupsV1Metrics, MetricsV1.Read(reader, _directories));

    private static string ProcessDirectory(Dictionary<string, string> directories)
    {
        foreach (string controller in WithProcesses)
        {
            if (directories.TryGetValue(controller, out string? directory))
            {
                return directory;
            }
        }

        return directories.First().Value;
    }

    private static FreezerV1? FreezerOf(CgroupHost host, Dictionary<string, string> directories) =>
        directories.TryGetValue("freezer", out string? directory) ? new FreezerV1(new CgroupTree(host.Files, directory)) : null;

    private static OomSource OomSourceOf(CgroupHost host, Dictionary<string, string> directories) =>
        directories.TryGetValue("memory", out string? directory) ? new OomSourceV1(host, new CgroupTree(host.Files, directory)) : new NoOomSource();
}
