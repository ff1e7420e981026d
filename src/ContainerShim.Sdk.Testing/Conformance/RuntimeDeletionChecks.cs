using ContainerShim.Sdk.Runtimes;
using static ContainerShim.Sdk.Testing.Conformance.RuntimeConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a delete call promises.</summary>
internal static class RuntimeDeletionChecks
{
    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> All { get; } =
    [
        Check(
            "Delete_RunningContainer_IsRefused",
            "Without force only a container that has stopped is removed; one that runs is left alone.",
            RunningAsync),
        Check(
            "Delete_WithForce_EndsARunningContainer",
            "With force a container is killed and removed: so a shim is cleaned up after.",
            ForceAsync),
        Check(
            "Delete_StoppedContainer_IsGoneThen",
            "After DeleteAsync the runtime knows the container no more, and a second DeleteAsync is NotFound.",
            GoneAsync),
        Check(
            "Delete_UnknownContainer_IsNotFound",
            "DeleteAsync of a container that was never created is NotFound, which callers take as done; with force it may succeed instead, as with runc.",
            UnknownAsync),
        Check(
            "Delete_FreesTheId",
            "An id can be used again at once after DeleteAsync: Kubernetes restarts containers under names it has used before.",
            IdAsync),
    ];

    private static async Task RunningAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await Expect.RefusalAsync(() => trial.DeleteAsync(container), "DeleteAsync of a running container, without force").ConfigureAwait(false);
        await Expect.StaysAsync(container.Watch.Exited, trial.Subject, "DeleteAsync without force ended a running container").ConfigureAwait(false);
        Expect.Equal("running", await trial.StatusAsync(container).ConfigureAwait(false), "the status after a DeleteAsync that was refused");
    }

    private static async Task ForceAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await trial.DeleteAsync(container, force: true).ConfigureAwait(false);
        Expect.Equal(
            Signals.KilledStatus, await trial.ExitCodeAsync(container.Watch, "a container that was deleted with force").ConfigureAwait(false), "its status");
        await NotKnownAsync(trial, container.Container).ConfigureAwait(false);
    }

    private static async Task GoneAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Exits(0)).ConfigureAwait(false);
        await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
        await trial.DeleteAsync(container).ConfigureAwait(false);
        await NotKnownAsync(trial, container.Container).ConfigureAwait(false);
        await Expect.RefusalAsync(() => trial.DeleteAsync(container), "the second DeleteAsync", ShimErrorCode.NotFound).ConfigureAwait(false);
    }

    private static async Task UnknownAsync(RuntimeTrial trial)
    {
        RuntimeContainer container = trial.Unknown();
        await Expect.RefusalAsync(
            () => trial.Runtime.DeleteAsync(container, force: false, trial.Token),
            "DeleteAsync of an unknown container",
            ShimErrorCode.NotFound).ConfigureAwait(false);
        try
        {
            await trial.Runtime.DeleteAsync(container, force: true, trial.Token).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // As good as success.
        }
    }

    private static async Task IdAsync(RuntimeTrial trial)
    {
        TrialContainer first = await trial.RunAsync(Workload.Exits(1)).ConfigureAwait(false);
        await trial.ExitCodeAsync(first.Watch, "the init process").ConfigureAwait(false);
        await trial.DeleteAsync(first).ConfigureAwait(false);
        TrialContainer second = await trial.CreateAsync(Workload.Exits(2), id: first.Container.Id).ConfigureAwait(false);
        await trial.Runtime.StartAsync(second.Container, trial.Token).ConfigureAwait(false);
        Expect.Equal(2, await trial.ExitCodeAsync(second.Watch, "the second container of an id").ConfigureAwait(false), "its status");
    }

    private static Task NotKnownAsync(RuntimeTrial trial, RuntimeContainer container) => Expect.RefusalAsync(
        () => trial.Runtime.StateAsync(container, trial.Token), "StateAsync after DeleteAsync", ShimErrorCode.NotFound);
}
