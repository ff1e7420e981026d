using ContainerShim.Sdk.Sandboxes;
using static ContainerShim.Sdk.Testing.Conformance.SandboxConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a sandbox service promises of making and running a sandbox.</summary>
internal static class SandboxLifecycleChecks
{
    public static IReadOnlyList<ConformanceCheck<SandboxSubject>> All { get; } =
    [
        Check(
            "Create_MakesItKnown_AndRunsNothing",
            "After CreateAsync the sandbox can be asked for; it is not ready, and has neither a pid nor times: it is started by a call of its own.",
            CreateAsync),
        Check(
            "Create_WhileThereIsOne_IsAlreadyExists",
            "A shim has one sandbox: a second one, of the same id or of another, is AlreadyExists and leaves the first alone.",
            SecondAsync),
        Check(
            "Start_ReturnsAProcess_AndStatusTellsTheSame",
            "StartAsync returns the pid whose namespaces the containers join and when it was started; GetStatusAsync is ready then and says the same.",
            StartAsync),
        Check(
            "Start_Twice_IsFailedPrecondition",
            "A sandbox is started once; a second StartAsync is FailedPrecondition, and the sandbox runs on as the same process.",
            StartTwiceAsync),
        Check(
            "Start_AfterTheEnd_IsFailedPrecondition",
            "A sandbox that has ended is not started again: FailedPrecondition, and it stays ended.",
            StartEndedAsync),
        Check(
            "Platform_NamesSystemAndArchitecture",
            "GetPlatformAsync answers from the creation on, in the words of OCI images: containerd chooses images by it.",
            PlatformAsync),
        Check(
            "Ping_SucceedsThroughALife",
            "PingAsync succeeds for a sandbox that is created, runs or has ended: it asks whether the service answers.",
            PingAsync),
        Check(
            "Metrics_OfWhatDoesNotRun_AreFailedPrecondition",
            "GetMetricsAsync is FailedPrecondition before the start and after the end; in between it answers, or is NotFound where there is no cgroup.",
            MetricsAsync),
        Check(
            "Unknown_Sandbox_IsNotFoundEverywhere",
            "Every operation but CreateAsync is NotFound for an id that is not the sandbox's, and does nothing to it.",
            UnknownAsync),
    ];

    private static async Task CreateAsync(SandboxTrial trial)
    {
        await trial.CreateAsync().ConfigureAwait(false);
        SandboxStatus status = await trial.StatusAsync().ConfigureAwait(false);
        Expect.Equal(trial.Id, status.SandboxId, "the id in the status");
        Expect.That(!status.IsReady, "the status is ready after CreateAsync, without a StartAsync");
        Expect.Equal(0, status.Pid, "the pid in the status before StartAsync");
        Expect.Equal(null, status.CreatedAt, "when it was started, in the status before StartAsync");
        Expect.Equal(null, status.ExitedAt, "when it ended, in the status before StartAsync");
    }

    private static async Task SecondAsync(SandboxTrial trial)
    {
        SandboxStart started = await trial.RunAsync().ConfigureAwait(false);
        await trial.RefusedAsync(trial.CreateAsync, "CreateAsync for the second time", ShimErrorCode.AlreadyExists).ConfigureAwait(false);
        await trial.RefusedAsync(
            () => trial.Service.CreateAsync(trial.Subject.MakeRequest(RuntimeTrial.NewId()), trial.Token),
            "CreateAsync of a second sandbox",
            ShimErrorCode.AlreadyExists).ConfigureAwait(false);
        await RunsAsync(trial, started, "a second CreateAsync").ConfigureAwait(false);
    }

    private static async Task StartAsync(SandboxTrial trial)
    {
        SandboxStart started = await trial.RunAsync().ConfigureAwait(false);
        Expect.That(started.Pid > 0, $"StartAsync returned the pid {started.Pid}");
        Expect.That(started.CreatedAt > DateTimeOffset.UnixEpoch, $"StartAsync returned {started.CreatedAt:o} as the time of the start");
        SandboxStatus status = await trial.StatusAsync().ConfigureAwait(false);
        Expect.That(status.IsReady, "the status is not ready after StartAsync");
        Expect.Equal(started.Pid, status.Pid, "the pid in the status");
        Expect.Equal(started.CreatedAt, status.CreatedAt, "when it was started, in the status");
        Expect.Equal(null, status.ExitedAt, "when it ended, in the status of a sandbox that runs");
    }

    private static async Task StartTwiceAsync(SandboxTrial trial)
    {
        SandboxStart started = await trial.RunAsync().ConfigureAwait(false);
        await trial.RefusedAsync(trial.StartAsync, "the second StartAsync", ShimErrorCode.FailedPrecondition).ConfigureAwait(false);
        await RunsAsync(trial, started, "a second StartAsync").ConfigureAwait(false);
    }

    private static async Task StartEndedAsync(SandboxTrial trial)
    {
        await trial.RunAsync().ConfigureAwait(false);
        await trial.EndAsync().ConfigureAwait(false);
        await trial.RefusedAsync(trial.StartAsync, "StartAsync of a sandbox that has ended", ShimErrorCode.FailedPrecondition).ConfigureAwait(false);
    }

    private static async Task PlatformAsync(SandboxTrial trial)
    {
        await trial.CreateAsync().ConfigureAwait(false);
        SandboxPlatform created = await Expect.SuccessAsync(
            () => trial.Service.GetPlatformAsync(trial.Id, trial.Token), "GetPlatformAsync before StartAsync").ConfigureAwait(false);
        Expect.That(created.Os.Length > 0, "GetPlatformAsync names no operating system");
        Expect.That(created.Architecture.Length > 0, "GetPlatformAsync names no architecture");
        await trial.StartAsync().ConfigureAwait(false);
        SandboxPlatform started = await trial.Service.GetPlatformAsync(trial.Id, trial.Token).ConfigureAwait(false);
        Expect.Equal(created, started, "the platform after StartAsync");
    }

    private static async Task PingAsync(SandboxTrial trial)
    {
        await trial.CreateAsync().ConfigureAwait(false);
        await PingsAsync(trial, "before StartAsync").ConfigureAwait(false);
        await trial.StartAsync().ConfigureAwait(false);
        await PingsAsync(trial, "after StartAsync").ConfigureAwait(false);
        await trial.EndAsync().ConfigureAwait(false);
        await PingsAsync(trial, "after the end").ConfigureAwait(false);
    }

    private static Task PingsAsync(SandboxTrial trial, string when) =>
        Expect.SuccessAsync(() => trial.Service.PingAsync(trial.Id, trial.Token), $"PingAsync {when}");

    private static async Task MetricsAsync(SandboxTrial trial)
    {
        await trial.CreateAsync().ConfigureAwait(false);
        await NoMetricsAsync(trial, "before StartAsync").ConfigureAwait(false);
        await trial.StartAsync().ConfigureAwait(false);
        try
        {
            TypedPayload metrics = await trial.Service.GetMetricsAsync(trial.Id, trial.Token).ConfigureAwait(false);
            Expect.That(metrics.TypeUrl.Length > 0, "the metrics of a sandbox that runs have no type");
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // It has no cgroup of its own.
        }

        await trial.EndAsync().ConfigureAwait(false);
        await NoMetricsAsync(trial, "after the end").ConfigureAwait(false);
    }

    private static Task NoMetricsAsync(SandboxTrial trial, string when) => trial.RefusedAsync(
        () => trial.Service.GetMetricsAsync(trial.Id, trial.Token), $"GetMetricsAsync {when}", ShimErrorCode.FailedPrecondition);

    private static async Task UnknownAsync(SandboxTrial trial)
    {
        SandboxStart started = await trial.RunAsync().ConfigureAwait(false);
        string other = RuntimeTrial.NewId();
        (string Name, Func<Task> Call)[] calls =
        [
            ("StartAsync", () => trial.Service.StartAsync(other, trial.Token)),
            ("GetPlatformAsync", () => trial.Service.GetPlatformAsync(other, trial.Token)),
            ("StopAsync", () => trial.Service.StopAsync(new StopSandboxRequest(other, trial.Subject.Patience), trial.Token)),
            ("WaitAsync", () => Expect.EndsAsync(trial.Service.WaitAsync(other, trial.Token), trial.Subject, "the answer of WaitAsync for an unknown sandbox")),
            ("GetStatusAsync", () => trial.Service.GetStatusAsync(new SandboxStatusRequest(other, Verbose: true), trial.Token)),
            ("PingAsync", () => trial.Service.PingAsync(other, trial.Token)),
            ("GetMetricsAsync", () => trial.Service.GetMetricsAsync(other, trial.Token)),
            ("ShutdownAsync", () => trial.Service.ShutdownAsync(other, trial.Token)),
        ];
        foreach ((string name, Func<Task> call) in calls)
        {
            await trial.RefusedAsync(call, $"{name} for an unknown sandbox", ShimErrorCode.NotFound).ConfigureAwait(false);
        }

        await RunsAsync(trial, started, "calls for another").ConfigureAwait(false);
    }

    private static async Task RunsAsync(SandboxTrial trial, SandboxStart started, string after)
    {
        SandboxStatus status = await trial.StatusAsync().ConfigureAwait(false);
        Expect.That(status.IsReady, $"the sandbox is not ready any more after {after}");
        Expect.That(status.CreatedAt == started.CreatedAt, $"the sandbox was started anew by {after}");
    }
}
