using System.IO.Pipes;
using ContainerShim.Sdk.Runtimes;
using static ContainerShim.Sdk.Testing.Conformance.RuntimeConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a create call promises.</summary>
internal static class RuntimeCreationChecks
{
    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> All { get; } =
    [
        Check(
            "Create_ReturnsTheWaitingInitProcess",
            "After CreateAsync the init process exists and waits to be started: it has a pid the monitor can watch, and its command does not run.",
            CreateWaitsAsync),
        Check(
            "Create_IdInUse_IsRefused",
            "An id is one container's until that is deleted; creating it again fails and leaves the first alone.",
            IdInUseAsync),
        Check(
            "Create_WithoutConfiguration_IsRefusedAndLeavesNothing",
            "A bundle without config.json makes no container; the failure is a ShimException, whose text reaches the client.",
            NoConfigurationAsync),
        Check(
            "Create_CancelledBefore_MakesNothing",
            "A token that has fired before the call ends it with an OperationCanceledException, and no container is made.",
            CancelledAsync),
        Check(
            "Create_LeavesTheHandlesOpen",
            "The handles of RuntimeStdio are the caller's, who closes them after the call; a runtime that closes them closes somebody else's descriptor later.",
            HandlesAsync),
    ];

    private static async Task CreateWaitsAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.CreateAsync(Workload.Exits(3)).ConfigureAwait(false);
        await Expect.StaysAsync(container.Watch.Exited, trial.Subject, "the command ran before StartAsync").ConfigureAwait(false);
        Expect.Equal("created", await trial.StatusAsync(container).ConfigureAwait(false), "the status after CreateAsync");
    }

    private static async Task IdInUseAsync(RuntimeTrial trial)
    {
        TrialContainer first = await trial.CreateAsync(Workload.Runs).ConfigureAwait(false);
        RuntimeContainer second = trial.Subject.MakeContainer(first.Container.Id, Workload.Runs);
        await Expect.RefusalAsync(
            () => trial.Runtime.CreateAsync(second, RuntimeStdio.None, trial.Token), "CreateAsync with an id that is in use").ConfigureAwait(false);
        await Expect.StaysAsync(first.Watch.Exited, trial.Subject, "the first container ended when its id was asked for again").ConfigureAwait(false);
        await trial.Runtime.StartAsync(first.Container, trial.Token).ConfigureAwait(false);
    }

    private static async Task NoConfigurationAsync(RuntimeTrial trial)
    {
        RuntimeContainer container = trial.Unknown();
        File.Delete(Path.Join(container.Bundle, "config.json"));
        await Expect.RefusalAsync(
            () => trial.Runtime.CreateAsync(container, RuntimeStdio.None, trial.Token), "CreateAsync without a config.json").ConfigureAwait(false);
        await Expect.RefusalAsync(
            () => trial.Runtime.StateAsync(container, trial.Token), "StateAsync after a CreateAsync that failed", ShimErrorCode.NotFound).ConfigureAwait(false);
    }

    private static async Task CancelledAsync(RuntimeTrial trial)
    {
        RuntimeContainer container = trial.Unknown();
        await Expect.CancelledAsync(
            () => trial.Runtime.CreateAsync(container, RuntimeStdio.None, new CancellationToken(canceled: true)), "CreateAsync").ConfigureAwait(false);
        await Expect.RefusalAsync(
            () => trial.Runtime.StateAsync(container, trial.Token),
            "StateAsync after a CreateAsync that was cancelled",
            ShimErrorCode.NotFound).ConfigureAwait(false);
    }

    private static async Task HandlesAsync(RuntimeTrial trial)
    {
        using AnonymousPipeServerStream pipe = new(PipeDirection.In, HandleInheritability.None);
        using Microsoft.Win32.SafeHandles.SafeFileHandle writer = PipeEnds.ToFileHandle(pipe);
        await trial.CreateAsync(Workload.Runs, new RuntimeStdio { Stdout = writer }).ConfigureAwait(false);
        Expect.That(!writer.IsClosed, "CreateAsync closed the handle of the output");
    }
}
