using System.Security.Cryptography;
using System.Text;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>Everything on this machine that belongs to the containers of one namespace of one containerd: what a leak would show up in.</summary>
internal sealed record Census(
    IReadOnlyList<string> Processes,
    IReadOnlyList<string> Mounts,
    IReadOnlyList<string> Cgroups,
    IReadOnlyList<string> Sockets,
    IReadOnlyList<string> RuntimeStates,
    IReadOnlyList<string> Bundles)
{
    /// <summary>Where both shims put their sockets, whatever containerd's state directory is.</summary>
    public const string SocketDirectory = "/run/containerd/s";

    /// <summary>runc's <c>--root</c> below which each namespace has a directory.</summary>
    public const string RuntimeRoot = "/run/containerd/runc";

    /// <summary>What crun makes there once, for all its containers.</summary>
    private const string SharedDirectory = ".empty-directory";

    public bool IsEmpty =>
        Processes.Count + Mounts.Count + Cgroups.Count + Sockets.Count + RuntimeStates.Count + Bundles.Count == 0;

    /// <param name="site">Whose namespace is counted; containerd itself is not.</param>
    /// <param name="ids">The containers whose sockets are looked for: a socket's name is a hash.</param>
    public static Census Take(ITestSite site, params IReadOnlyList<string> ids) => new(
        [.. ProcFs.ProcessesOf(site).Select(process => process.ToString())],
        MountsBelow(site.Directory),
        CgroupsOf(site.Namespace),
        [.. ids.SelectMany(id => SocketsOf(site, id)).Where(Path.Exists)],
        [.. Children(site.RuntimeRoot).Where(static path => Path.GetFileName(path) != SharedDirectory)],
        Children(Path.Combine(site.StateDirectory, "io.containerd.runtime.v2.task", site.ContainerdNamespace)));

    /// <summary>The mount points below a directory, deepest first.</summary>
    public static IReadOnlyList<string> MountsBelow(string directory) =>
        [.. File.ReadLines("/proc/self/mountinfo")
            .Select(line => line.Split(' ')[4])
            .Where(mountPoint => mountPoint.StartsWith(directory + "/", StringComparison.Ordinal))
            .OrderByDescending(mountPoint => mountPoint.Length)];

    /// <summary>The cgroups of a namespace's containers in all hierarchies, deepest first; not the namespace's own, which runc never removes.</summary>
    public static IReadOnlyList<string> CgroupsOf(string containerdNamespace) =>
        [.. CgroupParents(containerdNamespace)
            .SelectMany(parent => Directory.EnumerateDirectories(parent, "*", SearchOption.AllDirectories))
            .OrderByDescending(path => path.Length)];

    /// <summary>The cgroups of the namespace itself, and of engines with their state directories, in each hierarchy that has them.</summary>
    public static IReadOnlyList<string> CgroupParents(string containerdNamespace) =>
        [.. Directory.EnumerateDirectories("/sys/fs/cgroup")
            .Append("/sys/fs/cgroup")
            .SelectMany(hierarchy => Directory.EnumerateDirectories(hierarchy, containerdNamespace + "*"))
            .Where(path => Path.GetFileName(path) == containerdNamespace || Path.GetFileName(path).StartsWith(containerdNamespace + "-", StringComparison.Ordinal))];

    /// <summary>The shim and debug socket of a container, as SocketAddress in containerd's shim package names them.</summary>
    public static IEnumerable<string> SocketsOf(ITestSite site, string id)
    {
        string group = $"{site.Address}/{site.ContainerdNamespace}/{id}";
        return [SocketPath(group), SocketPath(group + "/debug")];
    }

    public override string ToString() =>
        $"""
        processes: {string.Join("; ", Processes)}
        mounts: {string.Join("; ", Mounts)}
        cgroups: {string.Join("; ", Cgroups)}
        sockets: {string.Join("; ", Sockets)}
        runtime state: {string.Join("; ", RuntimeStates)}
        bundles: {string.Join("; ", Bundles)}
        """;

    private static string SocketPath(string name) =>
        Path.Combine(SocketDirectory, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(name))));

    private static string[] Children(string directory) =>
        Directory.Exists(directory) ? Directory.GetFileSystemEntries(directory) : [];
}
