namespace ContainerShim.Sdk.Processes;

/// <summary>How and when a process ended.</summary>
/// <param name="Pid">The process, in the pid namespace of the shim.</param>
/// <param name="ExitCode">0 to 255 as passed to exit(2); 128+n when signal n ended it.</param>
/// <param name="ExitedAt">Wall clock time, taken when the monitor learnt of it.</param>
public sealed record ProcessExit(int Pid, int ExitCode, DateTimeOffset ExitedAt)
{
    /// <summary>
    /// Whether the kernel's OOM killer struck in the process's container while it ran. Known for init processes of containers whose
    /// cgroup is known; false otherwise.
    /// </summary>
    public bool OomKilled { get; init; }
}
