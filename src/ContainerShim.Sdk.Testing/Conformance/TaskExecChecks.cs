using ContainerShim.Sdk.Tasks;
using static ContainerShim.Sdk.Testing.Conformance.TaskServiceConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a task service promises about execs.</summary>
internal static class TaskExecChecks
{
    public static IReadOnlyList<ConformanceCheck<TaskServiceSubject>> All { get; } =
    [
        Check(
            "Exec_AddStartWaitDelete",
            "An exec is created, running and stopped in turn; its container runs on, and it is unknown after its deletion.",
            LifecycleAsync),
        Check("Exec_IdInUse_IsAlreadyExists", "An exec id is one exec's until that is deleted.", InUseAsync),
        Check("Exec_Killed_EndsWithTheSignal", "A signal to an exec ends it and nothing else.", KillAsync),
        Check("Exec_OfAnEndedTask_IsRefused", "No exec is added to a task that has ended.", EndedAsync),
        Check("Exec_EndsWithItsTask", "When init ends, the execs end, and whoever waits for one is answered.", EndsWithTaskAsync),
    ];

    private static async Task LifecycleAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        string execId = await trial.AddExecAsync(id, Workload.Exits(9)).ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Created, "of an exec that was added", execId).ConfigureAwait(false);
        StartResult started = await trial.Tasks.StartAsync(new StartRequest(id, execId), trial.Token).ConfigureAwait(false);
        Expect.That(started.Pid > 0, $"StartAsync of an exec returned the pid {started.Pid}");
        Expect.Equal(9, (await trial.EndAsync(id, execId).ConfigureAwait(false)).ExitCode, "the status of `exit 9`");
        await trial.ShowsAsync(id, ContainerStatus.Stopped, "of an exec that has ended", execId).ConfigureAwait(false);
        Expect.Equal(9, (await trial.DeleteAsync(id, execId).ConfigureAwait(false)).ExitCode, "the status that DeleteAsync of the exec returned");
        await trial.RefusedAsync(() => trial.StateAsync(id, execId), "StateAsync of an exec after DeleteAsync", ShimErrorCode.NotFound).ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Running, "of the task after its exec").ConfigureAwait(false);
    }

    private static async Task InUseAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        string execId = await trial.AddExecAsync(id, Workload.Runs).ConfigureAwait(false);
        ExecRequest again = new() { Id = id, ExecId = execId, ProcessSpec = trial.Subject.MakeProcess(Workload.Runs) };
        await trial.RefusedAsync(() =>
            trial.Tasks.ExecAsync(again, trial.Token), "ExecAsync with an id that is in use", ShimErrorCode.AlreadyExists).ConfigureAwait(false);
    }

    private static async Task KillAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        string execId = await trial.RunExecAsync(id, Workload.Runs).ConfigureAwait(false);
        Task<WaitResult> init = trial.Tasks.WaitAsync(new WaitRequest(id), trial.Token);
        await trial.KillAsync(id, execId).ConfigureAwait(false);
        Expect.Equal(Signals.KilledStatus, (await trial.EndAsync(id, execId).ConfigureAwait(false)).ExitCode, "the status of an exec after SIGKILL");
        await Expect.StaysAsync(init, trial.Subject, "the task ended when its exec was killed").ConfigureAwait(false);
    }

    private static async Task EndedAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Exits(0)).ConfigureAwait(false);
        await trial.EndAsync(id).ConfigureAwait(false);
        await trial.RefusedAsync(() => trial.AddExecAsync(id, Workload.Runs), "ExecAsync of a task that has ended").ConfigureAwait(false);
    }

    private static async Task EndsWithTaskAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        string execId = await trial.RunExecAsync(id, Workload.Runs).ConfigureAwait(false);
        Task<WaitResult> exec = trial.EndAsync(id, execId);
        await trial.KillAsync(id).ConfigureAwait(false);
        await trial.EndAsync(id).ConfigureAwait(false);
        Expect.Equal(Signals.KilledStatus, (await exec.ConfigureAwait(false)).ExitCode, "the status of an exec whose init was killed");
    }
}
