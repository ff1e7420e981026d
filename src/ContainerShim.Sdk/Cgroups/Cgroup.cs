using ContainerShim.Sdk.Linux;
using Google.Protobuf;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>What cgroups of both versions have in common.</summary>
internal abstract class Cgroup(CgroupHost host, CgroupTree tree, Freezer? freezer, OomSource oom) : ICgroup, ILocatedCgroup
{
    private readonly CgroupKiller _killer = new(tree, freezer, host.Time);
    private readonly Lock _lock = new();

    // Guarded by the lock; null once disposed.
    private List<OomWatch>? _watches = [];

    /// <inheritdoc/>
    public abstract CgroupVersion Version { get; }

    /// <inheritdoc/>
    /// <remarks>False, too, where that cannot be read for want of descriptors: what does without them, a SIGKILL, must not fail of asking.</remarks>
    public bool IsFrozen
    {
        get
        {
            try
            {
                return freezer?.IsFrozen ?? false;
            }
            catch (LinuxException exception) when (exception.IsExhaustion)
            {
                return false;
            }
        }
    }

    /// <inheritdoc/>
    public long OomKills => oom.Read();

    /// <inheritdoc/>
    public string Location { get; init; } = "";

    /// <summary>The directory whose processes count as the container's.</summary>
    internal string Directory => tree.Directory;

    /// <summary>The files.</summary>
    protected HostFiles Files => host.Files;

    /// <inheritdoc/>
    public IReadOnlyList<int> Processes() => tree.Processes();

    /// <inheritdoc/>
    public Task KillAllAsync(CancellationToken cancellationToken = default) => _killer.KillAllAsync(cancellationToken);

    /// <inheritdoc/>
    public void Thaw() => freezer?.Thaw();

    /// <inheritdoc/>
    public TypedPayload ReadMetrics()
    {
        if (!tree.Exists)
        {
            throw ShimException.NotFound("cgroup does not exist");
        }

        using HostReader reader = new(Files);
        (string typeUrl, IMessage metrics) = ReadMetrics(reader);
        return new TypedPayload(typeUrl, metrics.ToByteArray());
    }

    /// <inheritdoc/>
    /// <remarks>
    /// Counting starts at zero: kills from before the watch are told by its first callback. Callbacks come on the reactor's thread, never
    /// two at a time; one that has begun may end after the result is disposed.
    /// </remarks>
    public IDisposable WatchOom(Action<long> onOomKills)
    {
        OomWatch watch = new(host, oom, onOomKills);
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_watches is null, this);
            _watches.RemoveAll(static old => old.IsOver);
            _watches.Add(watch);
        }

        watch.Begin();
        return watch;
    }

    /// <summary>Ends the watches. The processes stay as they are.</summary>
    public void Dispose()
    {
        List<OomWatch>? watches;
        lock (_lock)
        {
            watches = _watches;
            _watches = null;
        }

        foreach (OomWatch watch in watches ?? [])
        {
            watch.Dispose();
        }
    }

    /// <summary>Reads the usage, and names the type of the message.</summary>
    protected abstract (string TypeUrl, IMessage Metrics) ReadMetrics(HostReader reader);
}
