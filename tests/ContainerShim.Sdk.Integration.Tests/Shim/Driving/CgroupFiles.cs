using System.Globalization;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>The kernel's own word on a container's cgroup, on a machine with cgroup v1.</summary>
internal sealed class CgroupFiles(ITestSite site, string id)
{
    public string Directory(string controller) => $"/sys/fs/cgroup/{controller}/{site.Namespace}/{id}";

    public string Read(string controller, string file) => File.ReadAllText(Path.Combine(Directory(controller), file)).Trim();

    public ulong Number(string controller, string file) => ulong.Parse(Read(controller, file), CultureInfo.InvariantCulture);

    public int[] Processes() => [.. Read("pids", "cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(int.Parse)];

    /// <summary>A line of a file of names and numbers.</summary>
    public ulong Number(string controller, string file, string name) => ulong.Parse(
        Read(controller, file).Split('\n').Single(line => line.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1], CultureInfo.InvariantCulture);

    public void Freeze() => File.WriteAllText(Path.Combine(Directory("freezer"), "freezer.state"), "FROZEN");

    public string FreezerState => Read("freezer", "freezer.state");
}
