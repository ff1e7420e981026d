using ContainerShim.Sdk.Sandboxes;
using static ContainerShim.Sdk.Testing.Conformance.SandboxConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a sandbox service promises of the end of a sandbox, and of those who wait for it.</summary>
internal static class SandboxEndChecks
{
    private const int MostStatus = 255;

    public static IReadOnlyList<ConformanceCheck<SandboxSubject>> All { get; } =
    [
        Check(
            "Stop_EndsIt_BeforeItReturns",
            "StopAsync returns once the sandbox has ended, and who waits is answered with its exit status and the time: containerd removes the network next.",
            StopAsync),
        Check(
            "Stop_Twice_IsHarmless",
            "StopAsync of what has ended succeeds and does nothing: Kubernetes stops sandboxes again until it has seen a success.",
            StopTwiceAsync),
        Check(
            "Stop_BeforeTheStart_EndsIt",
            "A sandbox that was never started can be stopped, and who waits is answered: containerd cleans up so after a start that failed.",
            StopCreatedAsync),
        Check(
            "Status_AfterTheEnd_TellsWhen",
            "After the end GetStatusAsync is not ready, without a pid, and tells when it was started and when it ended, as WaitAsync does.",
            StatusAsync),
        Check(
            "Wait_BeforeTheStart_LastsUntilTheEnd",
            "WaitAsync may be called before StartAsync, and is answered at the end, not at the start.",
            WaitEarlyAsync),
        Check(
            "Wait_SeveralWaiters_HaveOneAnswer",
            "Everybody who waits is told the same status and time, also who asks after the end.",
            WaitersAsync),
        Check(
            "Wait_CancelledToken_EndsThatWaitAlone",
            "A token ends its own WaitAsync with an OperationCanceledException; the sandbox and other waiters go on.",
            CancelledAsync),
        Check(
            "Wait_HoldsUpNobody",
            "While somebody waits, other calls are answered.",
            IndependentAsync),
        Check(
            "End_FromOutside_IsToldByWaitAndStatus",
            "A sandbox whose process is killed by somebody else is reported as ended, with 137: containerd then marks the pod as not ready.",
            KilledAsync),
        Check(
            "Shutdown_EndsWhatRuns",
            "ShutdownAsync stops a sandbox that runs; nobody waits for ever.",
            ShutdownAsync),
        Check(
            "Shutdown_AfterTheEnd_Forgets",
            "After ShutdownAsync the service does not know the sandbox any more: NotFound, or Unavailable where the shim has ended.",
            ForgetsAsync),
    ];

    private static async Task StopAsync(SandboxTrial trial)
    {
        SandboxStart started = await trial.RunAsync().ConfigureAwait(false);
        Task<SandboxExit> wait = trial.WaitAsync();
        await Expect.StaysAsync(wait, trial.Subject, "WaitAsync was answered while the sandbox ran").ConfigureAwait(false);
        await trial.StopAsync().ConfigureAwait(false);
        Expect.That(!(await trial.StatusAsync().ConfigureAwait(false)).IsReady, "StopAsync returned, and the sandbox was still ready");
        SandboxExit exit = await trial.ExitAsync(wait, "a WaitAsync from before StopAsync").ConfigureAwait(false);
        Expect.That(exit.ExitCode is >= 0 and <= MostStatus, $"the exit status is {exit.ExitCode}");
        Expect.That(exit.ExitedAt >= started.CreatedAt, $"it ended at {exit.ExitedAt:o} and was started at {started.CreatedAt:o}");
    }

    private static async Task StopTwiceAsync(SandboxTrial trial)
    {
        await trial.RunAsync().ConfigureAwait(false);
        SandboxExit first = await trial.EndAsync().ConfigureAwait(false);
        await trial.StopAsync("the second StopAsync").ConfigureAwait(false);
        SandboxExit second = await trial.ExitAsync().ConfigureAwait(false);
        Expect.Equal(first, second, "how it ended, after the second StopAsync");
    }

    private static async Task StopCreatedAsync(SandboxTrial trial)
    {
        await trial.CreateAsync().ConfigureAwait(false);
        await trial.StopAsync("StopAsync before StartAsync").ConfigureAwait(false);
        await trial.ExitAsync(what: "WaitAsync for a sandbox that was stopped before its start").ConfigureAwait(false);
    }

    private static async Task StatusAsync(SandboxTrial trial)
    {
        SandboxStart started = await trial.RunAsync().ConfigureAwait(false);
        SandboxExit exit = await trial.EndAsync().ConfigureAwait(false);
        SandboxStatus status = await trial.StatusAsync().ConfigureAwait(false);
        Expect.That(!status.IsReady, "the status is ready after the end");
        Expect.Equal(0, status.Pid, "the pid in the status after the end");
        Expect.Equal(started.CreatedAt, status.CreatedAt, "when it was started, in the status after the end");
        Expect.Equal(exit.ExitedAt, status.ExitedAt, "when it ended, in the status");
    }

    private static async Task WaitEarlyAsync(SandboxTrial trial)
    {
        await trial.CreateAsync().ConfigureAwait(false);
        Task<SandboxExit> wait = trial.WaitAsync();
        await trial.StartAsync().ConfigureAwait(false);
        await Task.WhenAny(wait, Task.Delay(trial.Subject.Grace, TimeProvider.System, trial.Token)).ConfigureAwait(false);
        Expect.That(!wait.IsCompletedSuccessfully, "a WaitAsync from before StartAsync was answered while the sandbox ran");
        await trial.StopAsync().ConfigureAwait(false);
        await trial.ExitAsync(wait, "a WaitAsync from before StartAsync").ConfigureAwait(false);
    }

    private static async Task WaitersAsync(SandboxTrial trial)
    {
        await trial.RunAsync().ConfigureAwait(false);
        Task<SandboxExit>[] waits = [trial.WaitAsync(), trial.WaitAsync()];
        SandboxExit late = await trial.EndAsync().ConfigureAwait(false);
        foreach (Task<SandboxExit> wait in waits)
        {
            Expect.Equal(late, await trial.ExitAsync(wait).ConfigureAwait(false), "what is told to who waited before the end, against who asks afterwards");
        }
    }

    private static async Task CancelledAsync(SandboxTrial trial)
    {
        await trial.RunAsync().ConfigureAwait(false);
        using CancellationTokenSource cancellation = CancellationTokenSource.CreateLinkedTokenSource(trial.Token);
        Task<SandboxExit> cancelled = trial.Service.WaitAsync(trial.Id, cancellation.Token);
        Task<SandboxExit> other = trial.WaitAsync();
        await cancellation.CancelAsync().ConfigureAwait(false);
        await Expect.CancelledAsync(
            () => Expect.EndsAsync(cancelled, trial.Subject, "the end of a WaitAsync whose token has fired"), "WaitAsync").ConfigureAwait(false);
        await Expect.StaysAsync(other, trial.Subject, "a token ended another WaitAsync than its own").ConfigureAwait(false);
        Expect.That((await trial.StatusAsync().ConfigureAwait(false)).IsReady, "a token that ended a WaitAsync ended the sandbox");
    }

    private static async Task IndependentAsync(SandboxTrial trial)
    {
        await trial.RunAsync().ConfigureAwait(false);
        Task<SandboxExit> wait = trial.WaitAsync();
        await Expect.EndsAsync(
            trial.Service.PingAsync(trial.Id, trial.Token), trial.Subject, "the answer of PingAsync while somebody waits").ConfigureAwait(false);
        await Expect.EndsAsync(trial.StatusAsync(), trial.Subject, "the answer of GetStatusAsync while somebody waits").ConfigureAwait(false);
        await Expect.StaysAsync(wait, trial.Subject, "WaitAsync was answered by other calls").ConfigureAwait(false);
    }

    private static async Task KilledAsync(SandboxTrial trial)
    {
        Action<int> kill = trial.Subject.Kill
            ?? throw new NotApplicableException($"the subject does not say how a process is killed ({nameof(SandboxSubject.Kill)})");
        await trial.RunAsync().ConfigureAwait(false);
        Task<SandboxExit> wait = trial.WaitAsync();
        int pid = (await trial.StatusAsync().ConfigureAwait(false)).Pid;
        // kill(2) takes others for groups of processes.
        Expect.That(pid > 1, $"the pid in the status of a sandbox that runs is {pid}");
        kill(pid);
        SandboxExit exit = await trial.ExitAsync(wait, "WaitAsync for a sandbox whose process was killed").ConfigureAwait(false);
        Expect.Equal(Signals.KilledStatus, exit.ExitCode, "the exit status of a sandbox whose process was sent SIGKILL");
        Expect.That(!(await trial.StatusAsync().ConfigureAwait(false)).IsReady, "the status is ready after the end of the process");
    }

    private static async Task ShutdownAsync(SandboxTrial trial)
    {
        await trial.RunAsync().ConfigureAwait(false);
        Task<SandboxExit> wait = trial.WaitAsync();
        await ShutDownAsync(trial, "ShutdownAsync of a sandbox that runs").ConfigureAwait(false);
        try
        {
            await Expect.EndsAsync(wait, trial.Subject, "the answer of a WaitAsync from before ShutdownAsync").ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.Unavailable)
        {
            // The shim ended first.
        }
    }

    private static async Task ForgetsAsync(SandboxTrial trial)
    {
        await trial.RunAsync().ConfigureAwait(false);
        await trial.EndAsync().ConfigureAwait(false);
        await ShutDownAsync(trial, "ShutdownAsync of a sandbox that has ended").ConfigureAwait(false);
        await trial.RefusedAsync(
            trial.StatusAsync, "GetStatusAsync after ShutdownAsync", ShimErrorCode.NotFound, ShimErrorCode.Unavailable).ConfigureAwait(false);
    }

    private static Task ShutDownAsync(SandboxTrial trial, string what) => Expect.SuccessAsync(
        () => Expect.EndsAsync(trial.Service.ShutdownAsync(trial.Id, trial.Token), trial.Subject, $"the return of {what}"), what);
}
