using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Testing.InMemory;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>Cgroup loaders with one defect each, and the check that must find it.</summary>
internal static class BrokenCgroups
{
    public static IEnumerable<(string Check, string Defect, Func<InMemoryHost, ICgroupLoader> Make)> All { get; } =
    [
        ("Load_UnknownProcess_IsNotFound", "loads its own", static h => new Broken(h) { Resolve = pid => pid == int.MaxValue ? h.Run(ProcessScript.Runs).Pid : pid }),
        ("Processes_ListTheContainers", "lists what it loaded by", static h => new Broken(h) { List = static (_, pid) => [pid] }),
        ("KillAll_EndsEveryProcess", "kills nobody", static h => new Broken(h) { KillAll = static (_, _) => Task.CompletedTask }),
        ("KillAll_OfAFrozenContainer_EndsIt", "waits for a thaw", static h => new Broken(h)
        {
            KillAll = static async (right, token) =>
            {
                while (right.IsFrozen)
                {
                    await Task.Delay(1, token);
                }

                await right.KillAllAsync(token);
            },
        }),
        ("Thaw_UndoesAPause_AndElseDoesNothing", "never says frozen", static h => new Broken(h) { Frozen = static _ => false }),
        ("Thaw_UndoesAPause_AndElseDoesNothing", "does not thaw", static h => new Broken(h) { DoThaw = static _ => { } }),
        ("ReadMetrics_IsTheMessageOfItsVersion", "is of the other version", static h => new Broken(h)
        {
            Metrics = static right => right.ReadMetrics() with { TypeUrl = "io.containerd.cgroups.v1.Metrics" },
        }),
        ("ReadMetrics_OfADeletedContainer_IsNotFound", "answers for the dead", static h => new Broken(h)
        {
            Metrics = static _ => new TypedPayload("io.containerd.cgroups.v2.Metrics", new byte[] { 1 }),
        }),
        ("WatchOom_WithoutAnOomKill_IsSilent", "calls back at once", static h => new Broken(h)
        {
            Watch = static (right, callback) =>
            {
                callback(1);
                return right.WatchOom(callback);
            },
        }),
    ];

    private sealed class Broken(InMemoryHost host) : ICgroupLoader
    {
        public Func<int, int> Resolve { get; init; } = static pid => pid;

        public Func<ICgroup, int, IReadOnlyList<int>> List { get; init; } = static (right, _) => right.Processes();

        public Func<ICgroup, CancellationToken, Task> KillAll { get; init; } = static (right, token) => right.KillAllAsync(token);

        public Func<ICgroup, bool> Frozen { get; init; } = static right => right.IsFrozen;

        public Action<ICgroup> DoThaw { get; init; } = static right => right.Thaw();

        public Func<ICgroup, TypedPayload> Metrics { get; init; } = static right => right.ReadMetrics();

        public Func<ICgroup, Action<long>, IDisposable> Watch { get; init; } = static (right, callback) => right.WatchOom(callback);

        public ICgroup Load(int pid) => new BrokenCgroup(this, host.Cgroups.Load(Resolve(pid)), pid);
    }

    private sealed class BrokenCgroup(Broken owner, ICgroup right, int pid) : ICgroup
    {
        public CgroupVersion Version => right.Version;

        public bool IsFrozen => owner.Frozen(right);

        public long OomKills => right.OomKills;

        public IReadOnlyList<int> Processes() => owner.List(right, pid);

        public Task KillAllAsync(CancellationToken cancellationToken = default) => owner.KillAll(right, cancellationToken);

        public void Thaw() => owner.DoThaw(right);

        public TypedPayload ReadMetrics() => owner.Metrics(right);

        public IDisposable WatchOom(Action<long> onOomKills) => owner.Watch(right, onOomKills);

        public void Dispose() => right.Dispose();
    }
}
