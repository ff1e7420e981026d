using ContainerShim.Sdk.Processes;
using static ContainerShim.Sdk.Testing.Conformance.RuntimeConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What an exec call promises.</summary>
internal static class RuntimeExecChecks
{
    private const int Status = 41;

    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> All { get; } =
    [
        Check(
            "Exec_RunsTheCommand_ItsStatusIsExact",
            "ExecAsync returns the pid of a process that ends with the command's status, while the container runs on.",
            StatusAsync),
        Check(
            "Exec_ThatEndsAtOnce_KeepsItsStatus",
            "A process may end before anybody watches it. Its status stays until the monitor takes it: a runtime must not collect it.",
            EarlyAsync),
        Check(
            "Exec_RunsTheCommand_ItsOutputArrives",
            "The process writes to the handles that ExecAsync was given; when it ends, so does its output.",
            OutputAsync),
        Check(
            "Exec_InAStoppedContainer_IsRefused",
            "No process is added to a container whose init process has ended.",
            StoppedAsync),
    ];

    private static async Task StatusAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        int pid = await trial.ExecAsync(container, Workload.Exits(Status)).ConfigureAwait(false);
        Expect.That(pid > 0 && pid != container.Pid, $"ExecAsync returned the pid {pid}; that of the init process is {container.Pid}");
        using IProcessWatch exec = trial.Watch(pid, "ExecAsync");
        Expect.Equal(Status, await trial.ExitCodeAsync(exec, "the exec").ConfigureAwait(false), "the status of `exit 41`");
        await Expect.StaysAsync(container.Watch.Exited, trial.Subject, "the container ended with its exec").ConfigureAwait(false);
    }

    private static async Task EarlyAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        int pid = await trial.ExecAsync(container, Workload.Exits(Status)).ConfigureAwait(false);
        await Task.Delay(trial.Subject.Grace, TimeProvider.System, trial.Token).ConfigureAwait(false);
        using IProcessWatch exec = trial.Watch(pid, "ExecAsync");
        Expect.Equal(Status, await trial.ExitCodeAsync(exec, "the exec").ConfigureAwait(false), "the status of an exec that was watched after its end");
    }

    private static async Task OutputAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        using PipeEnds pipe = new();
        int pid = await trial.ExecAsync(container, Workload.Prints("inside"), pipe.ForOutput).ConfigureAwait(false);
        pipe.CloseProcessEnd();
        using IProcessWatch exec = trial.Watch(pid, "ExecAsync");
        string output = await Expect.EndsAsync(pipe.ReadToEndAsync(trial.Token), trial.Subject, "the end of the output of an exec that has ended").ConfigureAwait(false);
        Expect.Equal("inside\n", output, "the output of `echo inside`");
        await trial.ExitCodeAsync(exec, "the exec").ConfigureAwait(false);
    }

    private static async Task StoppedAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Exits(0)).ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
        await Expect.RefusalAsync(() => trial.ExecAsync(container, Workload.Runs), "ExecAsync in a container that has stopped").ConfigureAwait(false);
    }
}
