using ContainerShim.Sdk.Cgroups;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What <see cref="ICgroupLoader"/> and <see cref="ICgroup"/> promise, as checks. Used like those of <see cref="RuntimeConformance"/>.</summary>
public static class CgroupConformance
{
    private const int Nobody = int.MaxValue;

    /// <summary>Every check.</summary>
    public static IReadOnlyList<ConformanceCheck<CgroupSubject>> Checks { get; } =
    [
        Check("Load_UnknownProcess_IsNotFound", "Load for a pid that nobody has fails with NotFound.", UnknownAsync),
        Check("Processes_ListTheContainers", "Processes lists init and execs while they run, and nobody once they have ended.", ProcessesAsync),
        Check("KillAll_EndsEveryProcess", "KillAllAsync returns when no process is left, and SIGKILL is what ended them.", KillAllAsync),
        Check("KillAll_OfAFrozenContainer_EndsIt", "What is frozen may not be able to die (cgroup v1), so KillAllAsync thaws.", KillFrozenAsync),
        Check("Thaw_UndoesAPause_AndElseDoesNothing", "IsFrozen tells what the freezer does; Thaw of what is not frozen does nothing.", ThawAsync),
        Check("ReadMetrics_IsTheMessageOfItsVersion", "ReadMetrics carries io.containerd.cgroups.v1.Metrics or v2, by Version, with content.", MetricsAsync),
        Check("ReadMetrics_OfADeletedContainer_IsNotFound", "Once the cgroup is gone ReadMetrics fails with NotFound, and the rest of it with nothing.", GoneAsync),
        Check("WatchOom_WithoutAnOomKill_IsSilent", "OomKills is 0 and nobody is called back while nothing has been killed for want of memory; disposing twice is harmless.", OomAsync),
    ];

    private static ConformanceCheck<CgroupSubject> Check(string name, string description, Func<CgroupSubject, RuntimeTrial, Task> body) => new(
        name,
        description,
        async (subject, token) =>
        {
            RuntimeTrial trial = new(subject.Containers, token);
            await using (trial.ConfigureAwait(false))
            {
                await body(subject, trial).ConfigureAwait(false);
            }
        });

    private static Task UnknownAsync(CgroupSubject subject, RuntimeTrial trial) => Expect.RefusalAsync(
        () =>
        {
            subject.Loader.Load(Nobody).Dispose();
            return Task.CompletedTask;
        },
        "Load for a pid that nobody has",
        ShimErrorCode.NotFound);

    private static async Task ProcessesAsync(CgroupSubject subject, RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        int pid = await trial.ExecAsync(container, Workload.Runs).ConfigureAwait(false);
        Task<int> exec = trial.ExecExitCodeAsync(pid, "the exec");
        using ICgroup cgroup = subject.Loader.Load(container.Pid);
        await ListsAsync(subject, cgroup, "the listing of init and exec", container.Pid, pid).ConfigureAwait(false);
        await trial.KillAsync(container, all: true).ConfigureAwait(false);
        await exec.ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
        await ListsAsync(subject, cgroup, "the emptying of the list").ConfigureAwait(false);
    }

    private static async Task KillAllAsync(CgroupSubject subject, RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        Task<int> exec = trial.ExecExitCodeAsync(await trial.ExecAsync(container, Workload.Runs).ConfigureAwait(false), "the exec");
        using ICgroup cgroup = subject.Loader.Load(container.Pid);
        await Expect.EndsAsync(cgroup.KillAllAsync(trial.Token), subject, "the return of KillAllAsync").ConfigureAwait(false);
        Expect.Equal(Signals.KilledStatus, await exec.ConfigureAwait(false), "the status of the exec");
        Expect.Equal(Signals.KilledStatus, await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false), "the status of init");
    }

    private static async Task KillFrozenAsync(CgroupSubject subject, RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        using ICgroup cgroup = subject.Loader.Load(container.Pid);
        await Expect.ImplementedAsync(() => trial.Runtime.PauseAsync(container.Container, trial.Token), "PauseAsync of the runtime").ConfigureAwait(false);
        await Expect.EndsAsync(cgroup.KillAllAsync(trial.Token), subject, "the return of KillAllAsync in a frozen container").ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "a frozen init process").ConfigureAwait(false);
    }

    private static async Task ThawAsync(CgroupSubject subject, RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        using ICgroup cgroup = subject.Loader.Load(container.Pid);
        Expect.That(!cgroup.IsFrozen, "IsFrozen is true for a container that runs");
        cgroup.Thaw();
        await Expect.StaysAsync(container.Watch.Exited, subject, "Thaw of what is not frozen ended the container").ConfigureAwait(false);
        await Expect.ImplementedAsync(() => trial.Runtime.PauseAsync(container.Container, trial.Token), "PauseAsync of the runtime").ConfigureAwait(false);
        Expect.That(cgroup.IsFrozen, "IsFrozen is false for a container that was paused");
        cgroup.Thaw();
        await Expect.BecomesAsync(() => Task.FromResult(cgroup.IsFrozen), static frozen => !frozen, subject, "IsFrozen false after Thaw").ConfigureAwait(false);
        await Expect.StaysAsync(container.Watch.Exited, subject, "Thaw ended the container").ConfigureAwait(false);
    }

    private static async Task MetricsAsync(CgroupSubject subject, RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        using ICgroup cgroup = subject.Loader.Load(container.Pid);
        TypedPayload metrics = cgroup.ReadMetrics();
        string type = cgroup.Version == CgroupVersion.V2 ? Protocol.TypeUrls.CgroupsV2Metrics : Protocol.TypeUrls.CgroupsV1Metrics;
        Expect.Equal(type, metrics.TypeUrl, $"the type of the metrics of a cgroup of version {cgroup.Version}");
        Expect.That(!metrics.Value.IsEmpty, "the metrics of a running container are empty");
    }

    private static async Task GoneAsync(CgroupSubject subject, RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        using ICgroup cgroup = subject.Loader.Load(container.Pid);
        await trial.DeleteAsync(container, force: true).ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
        await Expect.BecomesAsync(() => Task.FromResult(IsGone(cgroup)), static gone => gone, subject, "NotFound from ReadMetrics after the deletion").ConfigureAwait(false);
        cgroup.Thaw();
        Expect.Equal(0, cgroup.Processes().Count, "the number of processes of a cgroup that is gone");
        await Expect.EndsAsync(cgroup.KillAllAsync(trial.Token), subject, "the return of KillAllAsync of a cgroup that is gone").ConfigureAwait(false);
    }

    private static async Task OomAsync(CgroupSubject subject, RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        using ICgroup cgroup = subject.Loader.Load(container.Pid);
        TaskCompletionSource called = new(TaskCreationOptions.RunContinuationsAsynchronously);
        IDisposable watch = cgroup.WatchOom(_ => called.TrySetResult());
        Expect.Equal(0, cgroup.OomKills, "OomKills of a container that nothing happened to");
        await trial.DeleteAsync(container, force: true).ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
        await Expect.StaysAsync(called.Task, subject, "an OOM kill was told when the container was deleted").ConfigureAwait(false);
        watch.Dispose();
        watch.Dispose();
    }

    private static Task ListsAsync(CgroupSubject subject, ICgroup cgroup, string what, params int[] pids) => Expect.BecomesAsync(
        () => Task.FromResult(string.Join(' ', cgroup.Processes().Order())), list => list == string.Join(' ', pids.Order()), subject, what);

    private static bool IsGone(ICgroup cgroup)
    {
        try
        {
            cgroup.ReadMetrics();
            return false;
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            return true;
        }
    }
}
