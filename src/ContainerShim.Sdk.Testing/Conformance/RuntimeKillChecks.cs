using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Testing.InMemory;
using static ContainerShim.Sdk.Testing.Conformance.RuntimeConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a kill call promises.</summary>
internal static class RuntimeKillChecks
{
    private const int Status = 43;

    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> All { get; } =
    [
        Check(
            "Kill_RunningContainer_EndsItWithTheSignal",
            "SIGKILL ends the init process at once, and its status is 137.",
            KillAsync),
        Check(
            "Kill_Signal_ReachesTheCommandItself",
            "A signal goes to the command, which may handle it: stopping a service gracefully rests on it.",
            HandledAsync),
        Check(
            "Kill_CreatedContainer_EndsIt",
            "A container that waits to be started can be killed: a client that gives up before the start does so.",
            CreatedAsync),
        Check(
            "Kill_EndedProcess_IsNotFound",
            "Once the init process has ended, KillAsync fails with NotFound: clients take that as success and any other failure as one.",
            EndedAsync),
        Check(
            "Kill_UnknownContainer_IsNotFound",
            "KillAsync of a container that was never created fails with NotFound.",
            UnknownAsync),
        Check(
            "Kill_All_EndsExecsToo",
            "With `all` the signal goes to every process of the container.",
            AllAsync),
        Check(
            "Kill_InitOfAPidNamespace_EndsExecsToo",
            "Where config.json asks for a pid namespace, all that runs in the container ends with init: the engine tells its exit after theirs, and kills none of them.",
            InitAsync),
        Check(
            "Pause_StopsTheProcesses_ResumeLetsThemGoOn",
            "PauseAsync freezes, StateAsync says `paused`, and ResumeAsync undoes it; or PauseAsync is refused with Unimplemented.",
            PauseAsync),
    ];

    private static async Task KillAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await trial.KillAsync(container).ConfigureAwait(false);
        Expect.Equal(
            Signals.KilledStatus, await trial.ExitCodeAsync(container.Watch, "a container that was sent SIGKILL").ConfigureAwait(false), "the status after SIGKILL");
    }

    private static async Task HandledAsync(RuntimeTrial trial)
    {
        using PipeEnds pipe = new();
        TrialContainer container = await trial.RunAsync(Workload.EndsOnTerm(Status), pipe.ForOutput).ConfigureAwait(false);
        pipe.CloseProcessEnd();
        string line = await Expect.EndsAsync(pipe.ReadLineAsync(trial.Token), trial.Subject, "the first line of output").ConfigureAwait(false);
        Expect.Equal("ready", line, "the first line of output");
        await SignalAsync(trial, container).ConfigureAwait(false);
        Expect.Equal(
            Status,
            await trial.ExitCodeAsync(container.Watch, "a command that handles SIGTERM").ConfigureAwait(false),
            "the status of a command that ends itself with 43 upon SIGTERM");
    }

    private static async Task SignalAsync(RuntimeTrial trial, TrialContainer container)
    {
        try
        {
            await trial.KillAsync(container, Signals.Term).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            await Task.WhenAny(container.Watch.Exited, Task.Delay(trial.Subject.Grace, TimeProvider.System, trial.Token)).ConfigureAwait(false);
            if (!container.Watch.Exited.IsCompletedSuccessfully)
            {
                throw;
            }

            int exitCode = await trial.ExitCodeAsync(container.Watch, "the command").ConfigureAwait(false);
            string command = Workload.EndsOnTerm(Status).ShellCommand;
            throw new ConformanceException(
                $"the command ended with {exitCode} before it was sent a signal; it is `{command}`, and what sh runs in the background reads /dev/null", e);
        }
    }

    private static async Task CreatedAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.CreateAsync(Workload.Runs).ConfigureAwait(false);
        await trial.KillAsync(container).ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "a created container that was sent SIGKILL").ConfigureAwait(false);
    }

    private static async Task EndedAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Exits(0)).ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
        await Expect.RefusalAsync(() => trial.KillAsync(container), "KillAsync of a process that has ended", ShimErrorCode.NotFound).ConfigureAwait(false);
    }

    private static Task UnknownAsync(RuntimeTrial trial)
    {
        RuntimeContainer container = trial.Unknown();
        return Expect.RefusalAsync(
            () => trial.Runtime.KillAsync(container, Signals.Kill, all: false, trial.Token), "KillAsync of an unknown container", ShimErrorCode.NotFound);
    }

    private static async Task AllAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        int pid = await trial.ExecAsync(container, Workload.Runs).ConfigureAwait(false);
        Task<int> exec = trial.ExecExitCodeAsync(pid, "the exec");
        await trial.KillAsync(container, all: true).ConfigureAwait(false);
        await exec.ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
    }

    private static async Task InitAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        SpecArguments.OfBundle(container.Container.Bundle, out bool hasPidNamespace);
        if (!hasPidNamespace)
        {
            throw new NotApplicableException("config.json asks for no pid namespace");
        }

        int pid = await trial.ExecAsync(container, Workload.Runs).ConfigureAwait(false);
        Task<int> exec = trial.ExecExitCodeAsync(pid, "the exec of a container with a pid namespace whose init process was killed");
        await trial.KillAsync(container).ConfigureAwait(false);
        await exec.ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
    }

    private static async Task PauseAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await Expect.ImplementedAsync(() => trial.Runtime.PauseAsync(container.Container, trial.Token), "PauseAsync").ConfigureAwait(false);
        Expect.Equal("paused", await trial.StatusAsync(container).ConfigureAwait(false), "the status after PauseAsync");
        await trial.Runtime.ResumeAsync(container.Container, trial.Token).ConfigureAwait(false);
        Expect.Equal("running", await trial.StatusAsync(container).ConfigureAwait(false), "the status after ResumeAsync");
        await trial.KillAsync(container).ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "a container that was paused, resumed and killed").ConfigureAwait(false);
    }
}
