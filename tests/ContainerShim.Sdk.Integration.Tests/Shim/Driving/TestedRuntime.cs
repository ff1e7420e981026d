using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>An OCI runtime to drive the shim with, and what has to run the shim for it.</summary>
internal sealed record TestedRuntime(string Binary, IReadOnlyList<string> Starter)
{
    /// <summary>Debian 12's.</summary>
    public static readonly TestedRuntime Runc = new("runc", []);

    /// <summary>
    /// crun refuses the controllers of cgroup v1 where a v2 hierarchy is mounted beside them, as systemd does. In a mount namespace
    /// without that the shim, its runtime and its containers find plain v1; on v2 nothing changes.
    /// </summary>
    public static readonly TestedRuntime Crun = new(
        "crun", ["unshare", "--mount", "sh", "-c", "if [ -d /sys/fs/cgroup/unified ]; then umount /sys/fs/cgroup/unified; fi; exec \"$@\"", "sh"])
    {
        NotFound = "executable file `{0}` not found in $PATH",
    };

    /// <summary>Debian sid's.</summary>
    public static TestedRuntime NewerRunc => new(Path.Combine(TestPaths.Tools, "bin", "runc-sid"), []);

    /// <summary>What it says of a program that is not there, with <c>{0}</c> for the name.</summary>
    public string NotFound { get; private init; } = "\"{0}\": executable file not found";
}
