using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tasks;
using static ContainerShim.Sdk.Testing.Conformance.TaskServiceConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a task service promises about signals, exits, output and events.</summary>
internal static class TaskExitChecks
{
    public static IReadOnlyList<ConformanceCheck<TaskServiceSubject>> All { get; } =
    [
        Check("Kill_RunningTask_EndsItWithTheSignal", "SIGKILL ends a task with the status 137.", KillAsync),
        Check("Kill_EndedTask_IsNotFound", "Kill of a process that has ended is NotFound: clients take that as success and any other failure as one.", KillEndedAsync),
        Check("Wait_SeveralWaiters_HaveOneAnswer", "Everybody who waits gets the same status and time, whether before the end or after it.", WaitAsync),
        Check("Wait_CancelledToken_EndsThatWaitAlone", "A token ends the wait of its caller, and neither the process nor the wait of another.", CancelAsync),
        Check("Exit_IsToldAlikeByWaitStateDeleteAndEvent", "Status and time of an end are the same wherever they are told.", AlikeAsync),
        Check("Output_GoesToTheFileItWasAskedFor", "What a process prints is in the log file once the task is deleted.", OutputAsync),
        Check("Events_KeepTheirOrderAndAreComplete", "Create, start, exit and delete are told in this order, once each, and no rule about events is broken.", EventsAsync),
    ];

    private static async Task KillAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await trial.KillAsync(id).ConfigureAwait(false);
        Expect.Equal(Signals.KilledStatus, (await trial.EndAsync(id).ConfigureAwait(false)).ExitCode, "the status after SIGKILL");
    }

    private static async Task KillEndedAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Exits(0)).ConfigureAwait(false);
        await trial.EndAsync(id).ConfigureAwait(false);
        await trial.RefusedAsync(() => trial.KillAsync(id), "KillAsync of a task that has ended", ShimErrorCode.NotFound).ConfigureAwait(false);
    }

    private static async Task WaitAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        Task<WaitResult>[] early = [.. Enumerable.Range(0, 3).Select(_ => trial.Tasks.WaitAsync(new WaitRequest(id), trial.Token))];
        await Expect.StaysAsync(Task.WhenAny(early), trial.Subject, "WaitAsync answered while the task ran").ConfigureAwait(false);
        await trial.KillAsync(id).ConfigureAwait(false);
        WaitResult late = await trial.EndAsync(id).ConfigureAwait(false);
        Expect.That(late.ExitedAt is not null, "WaitAsync tells no time for a task that has ended");
        foreach (WaitResult answer in await Expect.EndsAsync(Task.WhenAll(early), trial.Subject, "the answers to those who waited").ConfigureAwait(false))
        {
            Expect.Equal(late, answer, "the answer to one who waited");
        }
    }

    private static async Task CancelAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        Task<WaitResult> other = trial.Tasks.WaitAsync(new WaitRequest(id), trial.Token);
        using CancellationTokenSource patience = new();
        Task<WaitResult> wait = trial.Tasks.WaitAsync(new WaitRequest(id), patience.Token);
        await patience.CancelAsync().ConfigureAwait(false);
        await Expect.EndsAsync(wait.ContinueWith(static _ => { }, TaskScheduler.Default), trial.Subject, "the end of a wait that was cancelled").ConfigureAwait(false);
        Expect.That(wait.IsCanceled, "a wait that was cancelled ended, but not with an OperationCanceledException");
        await Expect.StaysAsync(other, trial.Subject, "another wait ended with the one that was cancelled").ConfigureAwait(false);
        await trial.ShowsAsync(id, ContainerStatus.Running, "after a wait was cancelled").ConfigureAwait(false);
    }

    private static async Task AlikeAsync(TaskTrial trial)
    {
        string id = await trial.RunAsync(Workload.Exits(5)).ConfigureAwait(false);
        WaitResult wait = await trial.EndAsync(id).ConfigureAwait(false);
        StateResult state = await trial.StateAsync(id).ConfigureAwait(false);
        DeleteResult delete = await trial.DeleteAsync(id).ConfigureAwait(false);
        Expect.Equal(wait, new WaitResult(state.ExitCode, state.ExitedAt), "the end as StateAsync tells it, against WaitAsync");
        Expect.Equal(wait, new WaitResult(delete.ExitCode, delete.ExitedAt), "the end as DeleteAsync tells it, against WaitAsync");
        if (trial.Subject.Publisher is { } publisher)
        {
            ProcessExit exit = (await Expect.EndsAsync(
                publisher.WaitForAsync<TaskExitedEvent>(e => e.ContainerId == id, trial.Token), trial.Subject, "the exit event").ConfigureAwait(false)).Exit;
            Expect.Equal(wait, new WaitResult(exit.ExitCode, exit.ExitedAt), "the end as the exit event tells it, against WaitAsync");
        }
    }

    private static async Task OutputAsync(TaskTrial trial)
    {
        string file = Path.Join(Path.GetTempPath(), $"conformance-{Guid.NewGuid():N}.log");
        try
        {
            string id = await trial.RunAsync(Workload.Prints("kept"), new StdioPaths { Stdout = $"file://{file}" }).ConfigureAwait(false);
            await trial.EndAsync(id).ConfigureAwait(false);
            await trial.DeleteAsync(id).ConfigureAwait(false);
            Expect.That(File.Exists(file), "the log file was not made");
            Expect.Equal("kept\n", await File.ReadAllTextAsync(file, trial.Token).ConfigureAwait(false), "the log file after DeleteAsync");
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static async Task EventsAsync(TaskTrial trial)
    {
        if (trial.Subject.Publisher is not { } publisher)
        {
            throw new NotApplicableException($"the subject does not say where the events go ({nameof(trial.Subject.Publisher)})");
        }

        string id = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        string execId = await trial.RunExecAsync(id, Workload.Exits(3)).ConfigureAwait(false);
        await trial.EndAsync(id, execId).ConfigureAwait(false);
        await trial.DeleteAsync(id, execId).ConfigureAwait(false);
        await trial.KillAsync(id).ConfigureAwait(false);
        await trial.EndAsync(id).ConfigureAwait(false);
        await trial.DeleteAsync(id).ConfigureAwait(false);
        await Expect.EndsAsync(
            publisher.WaitForAsync<TaskDeletedEvent>(e => e.ContainerId == id, trial.Token), trial.Subject, "the delete event").ConfigureAwait(false);
        string told = string.Join(' ', publisher.Received.Where(e => e.ContainerId == id).Select(static e => e.Topic));
        Expect.Equal(
            "/tasks/create /tasks/start /tasks/exec-added /tasks/exec-started /tasks/exit /tasks/exit /tasks/delete", told, "the events of a container with one exec");
        Expect.That(publisher.Violations.Count == 0, $"the events break rules: {string.Join("; ", publisher.Violations)}");
    }
}
