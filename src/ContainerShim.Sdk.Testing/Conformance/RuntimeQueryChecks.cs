using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using static ContainerShim.Sdk.Testing.Conformance.RuntimeConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What the calls promise that only ask, and the one that changes limits.</summary>
internal static class RuntimeQueryChecks
{
    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> All { get; } =
    [
        Check(
            "State_TellsTheStatusThroughALife",
            "StateAsync says created, running and stopped in turn; pid is the init process while there is one.",
            StateAsync),
        Check(
            "State_UnknownContainer_IsNotFound",
            "StateAsync of a container that was never created is NotFound.",
            UnknownAsync),
        Check(
            "Pids_ListInitAndExecs",
            "PidsAsync lists the processes of the container in the caller's pid namespace, under the pids that CreateAsync and ExecAsync returned.",
            PidsAsync),
        Check(
            "Update_EmptyResources_SucceedsOrIsUnimplemented",
            "UpdateAsync takes an OCI resources object, or is refused with Unimplemented; the container runs on.",
            UpdateAsync),
        Check(
            "Describe_Answers",
            "DescribeAsync needs no container: containerd asks for it before it uses a shim, and an exception would show as a broken installation.",
            DescribeAsync),
    ];

    private static async Task StateAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.CreateAsync(Workload.Runs).ConfigureAwait(false);
        RuntimeState created = await trial.Runtime.StateAsync(container.Container, trial.Token).ConfigureAwait(false);
        Expect.Equal(new RuntimeState("created", container.Pid), created, "the state after CreateAsync");
        await trial.Runtime.StartAsync(container.Container, trial.Token).ConfigureAwait(false);
        RuntimeState running = await trial.Runtime.StateAsync(container.Container, trial.Token).ConfigureAwait(false);
        Expect.Equal(new RuntimeState("running", container.Pid), running, "the state after StartAsync");
        await trial.KillAsync(container).ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
        Expect.Equal("stopped", await trial.StatusAsync(container).ConfigureAwait(false), "the status after the end");
    }

    private static Task UnknownAsync(RuntimeTrial trial)
    {
        RuntimeContainer container = trial.Unknown();
        return Expect.RefusalAsync(() => trial.Runtime.StateAsync(container, trial.Token), "StateAsync of an unknown container", ShimErrorCode.NotFound);
    }

    private static async Task PidsAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        int pid = await trial.ExecAsync(container, Workload.Runs).ConfigureAwait(false);
        using IProcessWatch exec = trial.Watch(pid, "ExecAsync");
        IReadOnlyList<int> pids = await trial.Runtime.PidsAsync(container.Container, trial.Token).ConfigureAwait(false);
        string list = string.Join(' ', pids);
        Expect.That(pids.Contains(container.Pid), $"PidsAsync lists {list}, without the init process {container.Pid}");
        Expect.That(pids.Contains(pid), $"PidsAsync lists {list}, without the exec {pid}");
        Expect.That(pids.Distinct().Count() == pids.Count, $"PidsAsync lists {list}, some of them twice");
        await trial.KillAsync(container, all: true).ConfigureAwait(false);
        await trial.ExitCodeAsync(exec, "the exec of a container that was killed").ConfigureAwait(false);
    }

    private static async Task UpdateAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await Expect.ImplementedAsync(() => trial.Runtime.UpdateAsync(container.Container, "{}"u8.ToArray(), trial.Token), "UpdateAsync").ConfigureAwait(false);
        await Expect.StaysAsync(container.Watch.Exited, trial.Subject, "UpdateAsync ended the container").ConfigureAwait(false);
    }

    private static async Task DescribeAsync(RuntimeTrial trial)
    {
        RuntimeOptions options = trial.Unknown().Options;
        RuntimeDescription description = await trial.Runtime.DescribeAsync(options, trial.Token).ConfigureAwait(false);
        Expect.That(description?.Version is not null, "DescribeAsync returned no version; an unknown one is empty");
    }
}
