namespace ContainerShim.Sdk.Cgroups;

/// <summary>The control group of one container. Safe for use from several threads.</summary>
public interface ICgroup : IDisposable
{
    /// <summary>Which kind of hierarchy it lies in.</summary>
    CgroupVersion Version { get; }

    /// <summary>The processes in it and in the cgroups below it; empty when it is gone.</summary>
    IReadOnlyList<int> Processes();

    /// <summary>
    /// Sends SIGKILL to every process in it and below, over and over until none is left or the token fires, thawing it where it is
    /// frozen. Uses <c>cgroup.kill</c> where the kernel has it (Linux 5.14).
    /// </summary>
    Task KillAllAsync(CancellationToken cancellationToken = default);

    /// <summary>Whether its freezer is frozen or freezing.</summary>
    bool IsFrozen { get; }

    /// <summary>Thaws it. Does nothing when it is not frozen or gone.</summary>
    void Thaw();

    /// <summary>
    /// Reads the current usage: <c>io.containerd.cgroups.v1.Metrics</c> or <c>io.containerd.cgroups.v2.Metrics</c>, encoded.
    /// </summary>
    /// <exception cref="ShimException">NotFound: the cgroup is gone.</exception>
    TypedPayload ReadMetrics();

    /// <summary>How often the kernel's OOM killer struck a process in it, so far; keeps its last value when the cgroup is gone.</summary>
    long OomKills { get; }

    /// <summary>Calls back after each rise of <see cref="OomKills"/>, until the result is disposed. The callback must not block.</summary>
    IDisposable WatchOom(Action<long> onOomKills);
}
