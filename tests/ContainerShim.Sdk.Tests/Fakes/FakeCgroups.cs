using ContainerShim.Sdk.Cgroups;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>The cgroups of the containers of the <see cref="FakeKernel"/>; calls are named <c>cgroup.*</c>.</summary>
internal sealed class FakeCgroups(FakeKernel kernel, CallScript calls) : ICgroupLoader
{
    private readonly Dictionary<string, long> _oomKills = [];
    private readonly List<FakeCgroup> _open = [];

    /// <summary>Loaded and not disposed.</summary>
    public int Open => _open.Count;

    public int OomWatches => _open.Sum(cgroup => cgroup.Watchers.Count);

    public ICgroup Load(int pid)
    {
        calls.MakeNow("cgroup.load", $"{pid}");
        FakeCgroup cgroup = new(this, kernel[pid].ContainerId);
        _open.Add(cgroup);
        return cgroup;
    }

    /// <summary>The OOM killer strikes; watchers hear of it when <paramref name="tell"/> says so.</summary>
    public void OomKill(string containerId, bool tell)
    {
        long kills = _oomKills[containerId] = _oomKills.GetValueOrDefault(containerId) + 1;
        if (!tell)
        {
            return;
        }

        foreach (Action<long> watcher in _open.Where(cgroup => cgroup.ContainerId == containerId).SelectMany(cgroup => cgroup.Watchers).ToArray())
        {
            watcher(kills);
        }
    }

    private sealed class FakeCgroup(FakeCgroups owner, string containerId) : ICgroup
    {
        public string ContainerId => containerId;

        public List<Action<long>> Watchers { get; } = [];

        public CgroupVersion Version => CgroupVersion.V2;

        public bool IsFrozen => owner.Kernel.IsFrozen(containerId);

        public long OomKills => owner._oomKills.GetValueOrDefault(containerId);

        public IReadOnlyList<int> Processes() => [.. owner.Kernel.Alive(containerId).Select(process => process.Pid)];

        public Task KillAllAsync(CancellationToken cancellationToken = default) =>
            owner.Calls.MakeAsync(
                "cgroup.killall",
                containerId,
                () =>
                {
                    owner.Kernel.Thaw(containerId);
                    foreach (FakeProcess process in owner.Kernel.Alive(containerId))
                    {
                        owner.Kernel.Signal(process.Pid, 9);
                    }
                },
                cancellationToken);

        public void Thaw()
        {
            owner.Calls.MakeNow("cgroup.thaw", containerId);
            owner.Kernel.Thaw(containerId);
        }

        public TypedPayload ReadMetrics() => new("io.containerd.cgroups.v2.Metrics", new byte[] { 1 });

        public IDisposable WatchOom(Action<long> onOomKills)
        {
            owner.Calls.MakeNow("cgroup.watchoom", containerId);
            Watchers.Add(onOomKills);
            return new Registration(() => Watchers.Remove(onOomKills));
        }

        public void Dispose() => owner._open.Remove(this);
    }

    private FakeKernel Kernel => kernel;

    private CallScript Calls => calls;
}
