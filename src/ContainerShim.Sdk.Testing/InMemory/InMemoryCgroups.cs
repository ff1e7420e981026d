using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Cgroups.V2;
using Google.Protobuf;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>The cgroups of the containers of an <see cref="InMemoryHost"/>, of version 2.</summary>
public sealed class InMemoryCgroups : ICgroupLoader
{
    private const int SigKill = 9;

    private readonly InMemoryHost _host;
    private readonly Dictionary<string, long> _oomKills = [];
    private readonly List<Registration> _watchers = [];

    internal InMemoryCgroups(InMemoryHost host) => _host = host;

    /// <inheritdoc/>
    public ICgroup Load(int pid) =>
        new Cgroup(this, (_host.Find(pid) ?? throw ShimException.NotFound($"process {pid}")).Start.ContainerId);

    /// <summary>A container is made, with a cgroup that nothing was killed in. Under the lock.</summary>
    internal void BeginLocked(string containerId) => _oomKills.Remove(containerId);

    /// <summary>The OOM killer strikes the init process of a container: it is counted, told to who watches, and the process ends with 137.</summary>
    public void OomKill(string containerId)
    {
        (long kills, Action<long>[] callbacks) = _host.Change(() =>
        {
            long counted = _oomKills[containerId] = _oomKills.GetValueOrDefault(containerId) + 1;
            return (counted, _watchers.Where(watcher => watcher.ContainerId == containerId).Select(watcher => watcher.Callback).ToArray());
        });
        foreach (Action<long> callback in callbacks)
        {
            callback(kills);
        }

        foreach (InMemoryProcess init in _host.Alive(containerId).Where(process => process.IsInit))
        {
            init.End(128 + SigKill);
        }
    }

    private sealed class Cgroup(InMemoryCgroups owner, string containerId) : ICgroup
    {
        private InMemoryHost Host => owner._host;

        public CgroupVersion Version => CgroupVersion.V2;

        public bool IsFrozen => Host.IsFrozen(containerId);

        public long OomKills => Host.Change(() => owner._oomKills.GetValueOrDefault(containerId));

        public IReadOnlyList<int> Processes() => [.. Host.Alive(containerId).Select(process => process.Pid)];

        public async Task KillAllAsync(CancellationToken cancellationToken = default)
        {
            while (Host.Alive(containerId) is { Count: > 0 } alive)
            {
                cancellationToken.ThrowIfCancellationRequested();
                Host.Change(() => alive.Count(process => process.Take(SigKill)));
                Host.Thaw(containerId);
                if (Host.Alive(containerId).Count > 0)
                {
                    await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, cancellationToken).ConfigureAwait(false);
                }
            }
        }

        public void Thaw() => Host.Thaw(containerId);

        public TypedPayload ReadMetrics()
        {
            if (Processes() is not { Count: > 0 } processes)
            {
                throw ShimException.NotFound($"cgroup of {containerId}");
            }

            Metrics metrics = new() { Pids = new PidsStat { Current = (ulong)processes.Count }, MemoryEvents = new MemoryEvents { OomKill = (ulong)OomKills } };
            return new TypedPayload(TypeUrls.CgroupsV2Metrics, metrics.ToByteArray());
        }

        public IDisposable WatchOom(Action<long> onOomKills)
        {
            Registration registration = new(owner, containerId, onOomKills);
            Host.Change(() => owner._watchers.Add(registration));
            return registration;
        }

        public void Dispose()
        {
        }
    }

    private sealed class Registration(InMemoryCgroups owner, string containerId, Action<long> callback) : IDisposable
    {
        public string ContainerId => containerId;

        public Action<long> Callback => callback;

        public void Dispose() => owner._host.Change(() => owner._watchers.Remove(this));
    }
}
