using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>An OCI runtime to drive the shim with, and what has to run the shim for it.</summary>
internal sealed record TestedRuntime
{
    public const string Runc = "runc";

    /// <summary>A shim has a cgroup of its own in what is hidden, as a service has: criu writes down all that is below the one that a container is in.</summary>
    private const string HideUnified = """
        own=/sys/fs/cgroup/unified/$NAMESPACE-shim
        test -z "$NAMESPACE" || { mkdir -p $own && echo $$ > $own/cgroup.procs; } &&
        mount --make-rprivate /sys/fs/cgroup && umount /sys/fs/cgroup/unified && exec "$@"
        """;

    /// <summary>Debian 12's and Debian sid's of both.</summary>
    public static readonly string[] Every = [Runc, "crun", "runc-sid", "crun-sid"];

    /// <summary>Debian 12's.</summary>
    public static readonly string[] OfTheRelease = [Runc, "crun"];

    /// <summary>Those built with criu.</summary>
    public static readonly string[] WithCheckpoints = [Runc, "runc-sid", "crun-sid"];

    /// <summary>The cruns alone.</summary>
    public static readonly string[] Cruns = ["crun", "crun-sid"];

    private TestedRuntime(string name)
    {
        IsDefault = name == Runc;
        Binary = name.EndsWith("-sid", StringComparison.Ordinal) ? Path.Combine(TestPaths.Tools, "bin", name) : name;
        IsCrun = name.StartsWith("crun", StringComparison.Ordinal);
    }

    public string Binary { get; }

    /// <summary>Whether a shim takes it when nobody says which.</summary>
    public bool IsDefault { get; }

    public bool IsCrun { get; }

    /// <summary>
    /// crun refuses the controllers of cgroup v1 where a v2 hierarchy is mounted beside them, as systemd does. In a mount namespace
    /// without that the shim, its runtime and its containers find plain v1; on v2 nothing changes. What is shared with the outside stays
    /// so, but for the directory of the hierarchies.
    /// </summary>
    public IReadOnlyList<string> Starter => IsCrun && Directory.Exists("/sys/fs/cgroup/unified")
        ? ["unshare", "--mount", "--propagation", "unchanged", "sh", "-c", HideUnified, "sh"]
        : [];

    /// <summary>What it says of a program that is not there.</summary>
    public string NotFound(string program) =>
        IsCrun ? $"executable file `{program}` not found in $PATH" : $"\"{program}\": executable file not found";

    public static TestedRuntime Of(string name) => new(name);
}
