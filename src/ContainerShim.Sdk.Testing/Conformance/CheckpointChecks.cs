using ContainerShim.Sdk.Runtimes;
using static ContainerShim.Sdk.Testing.Conformance.CheckpointConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a checkpoint call promises.</summary>
internal static class CheckpointChecks
{
    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> All { get; } =
    [
        Check(
            "Checkpoint_LeavesAnImageInTheDirectory",
            "CheckpointAsync writes its image into ImagePath, which it makes where it is missing: containerd packs what it finds there.",
            ImageAsync),
        Check(
            "Checkpoint_WithoutExit_LeavesTheProcessRunning",
            "Without Exit the container goes on as the same process, neither frozen nor ended.",
            GoesOnAsync),
        Check(
            "Checkpoint_WithExit_EndsTheContainer",
            "With Exit the init process has ended or ends soon, which the monitor reports; StateAsync then says `stopped` or is NotFound.",
            ExitAsync),
        Check(
            "Checkpoint_PausedContainer_StaysPaused",
            "A paused container can be checkpointed, and is paused afterwards: whoever paused it resumes it.",
            PausedAsync),
        Check(
            "Checkpoint_PausedContainerWithExit_EndsIt",
            "A paused container ends with a checkpoint that is to end it: it must not stay frozen for ever. Its image is restored running.",
            PausedExitAsync),
        Check(
            "Checkpoint_UnknownContainer_IsNotFound",
            "CheckpointAsync of a container that was never created is NotFound.",
            UnknownAsync),
        Check(
            "Checkpoint_CreatedContainer_IsFailedPrecondition",
            "A container that waits to be started has nothing to checkpoint: FailedPrecondition, and it can be started as before.",
            CreatedAsync),
        Check(
            "Checkpoint_StoppedContainer_IsFailedPrecondition",
            "A container that has ended cannot be checkpointed: FailedPrecondition, not a success without an image.",
            StoppedAsync),
        Check(
            "Checkpoint_ThatFails_LeavesTheProcessRunning",
            "A checkpoint that cannot be written fails with a ShimException, and the container goes on: it must not stay frozen, nor end though Exit was asked for.",
            FailureAsync),
        Check(
            "Checkpoint_CancelledBefore_DoesNothing",
            "A token that has fired before the call ends it with an OperationCanceledException; there is no image and the container goes on.",
            CancelledAsync),
    ];

    private static async Task ImageAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.RunAsync().ConfigureAwait(false);
        string image = trial.NewImage();
        await trial.CheckpointAsync(container, image).ConfigureAwait(false);
        Expect.That(Directory.Exists(image), "CheckpointAsync succeeded, and ImagePath is no directory");
        Expect.That(Directory.EnumerateFileSystemEntries(image).Any(), "CheckpointAsync succeeded, and nothing is in ImagePath");
    }

    private static async Task GoesOnAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.RunAsync().ConfigureAwait(false);
        await trial.CheckpointAsync(container, trial.NewImage()).ConfigureAwait(false);
        await GoesOnAsync(trial, container, "a checkpoint without Exit").ConfigureAwait(false);
    }

    private static async Task ExitAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.RunAsync().ConfigureAwait(false);
        await trial.CheckpointAsync(container, trial.NewImage(), exit: true).ConfigureAwait(false);
        await trial.Containers.ExitCodeAsync(container.Watch, "a container that was checkpointed with Exit").ConfigureAwait(false);
        try
        {
            Expect.Equal("stopped", await trial.Containers.StatusAsync(container).ConfigureAwait(false), "the status after a checkpoint with Exit");
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // The checkpoint has removed it, as runc's does.
        }
    }

    private static async Task PausedAsync(CheckpointTrial trial)
    {
        TrialContainer container = await PauseAsync(trial).ConfigureAwait(false);
        await Expect.SuccessAsync(
            () => trial.CheckpointAsync(container, trial.NewImage()), "CheckpointAsync of a paused container").ConfigureAwait(false);
        Expect.Equal(
            "paused", await trial.Containers.StatusAsync(container).ConfigureAwait(false), "the status after the checkpoint of a paused container");
        await trial.Containers.Runtime.ResumeAsync(container.Container, trial.Token).ConfigureAwait(false);
        await trial.EndsAsItWouldAsync(container, "a container that was paused, checkpointed and resumed").ConfigureAwait(false);
    }

    private static async Task PausedExitAsync(CheckpointTrial trial)
    {
        TrialContainer container = await PauseAsync(trial).ConfigureAwait(false);
        string image = trial.NewImage();
        await trial.CheckpointAsync(container, image, exit: true).ConfigureAwait(false);
        await trial.Containers.ExitCodeAsync(container.Watch, "a paused container that was checkpointed with Exit").ConfigureAwait(false);
        TrialContainer restored = await trial.RestoreAsync(image).ConfigureAwait(false);
        Expect.Equal(
            "running", await trial.Containers.StatusAsync(restored).ConfigureAwait(false), "the status of what was restored from a paused container's image");
    }

    private static Task UnknownAsync(CheckpointTrial trial)
    {
        RuntimeContainer container = trial.NewContainer();
        return Expect.RefusalAsync(
            () => trial.CheckpointAsync(container, trial.NewImage()), "CheckpointAsync of an unknown container", ShimErrorCode.NotFound);
    }

    private static async Task CreatedAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.Containers.CreateAsync(Workload.Exits(CheckpointTrial.Status)).ConfigureAwait(false);
        await Expect.RefusalAsync(
            () => trial.CheckpointAsync(container, trial.NewImage()),
            "CheckpointAsync of a container that was not started",
            ShimErrorCode.FailedPrecondition).ConfigureAwait(false);
        await trial.Containers.Runtime.StartAsync(container.Container, trial.Token).ConfigureAwait(false);
        Expect.Equal(
            CheckpointTrial.Status,
            await trial.Containers.ExitCodeAsync(container.Watch, "a container that was started after a refused checkpoint").ConfigureAwait(false),
            "its status");
    }

    private static async Task StoppedAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.Containers.RunAsync(Workload.Exits(0)).ConfigureAwait(false);
        await trial.Containers.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false);
        await Expect.RefusalAsync(
            () => trial.CheckpointAsync(container, trial.NewImage()),
            "CheckpointAsync of a container that has ended",
            ShimErrorCode.FailedPrecondition).ConfigureAwait(false);
    }

    private static async Task FailureAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.RunAsync().ConfigureAwait(false);
        string file = trial.NewImage();
        await File.WriteAllTextAsync(file, "", trial.Token).ConfigureAwait(false);
        await Expect.RefusalAsync(
            () => trial.CheckpointAsync(container, Path.Join(file, "image"), exit: true), "CheckpointAsync into a directory that cannot be made").ConfigureAwait(false);
        await GoesOnAsync(trial, container, "a checkpoint that failed").ConfigureAwait(false);
    }

    private static async Task CancelledAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.RunAsync().ConfigureAwait(false);
        string image = trial.NewImage();
        await Expect.CancelledAsync(
            () => trial.CheckpointAsync(container, image, exit: true, new CancellationToken(canceled: true)), "CheckpointAsync").ConfigureAwait(false);
        Expect.That(
            !Directory.Exists(image) || !Directory.EnumerateFileSystemEntries(image).Any(), "a CheckpointAsync that was cancelled before has left an image");
        await GoesOnAsync(trial, container, "a checkpoint that was cancelled before").ConfigureAwait(false);
    }

    private static async Task<TrialContainer> PauseAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.RunAsync().ConfigureAwait(false);
        await Expect.ImplementedAsync(
            () => trial.Containers.Runtime.PauseAsync(container.Container, trial.Token), "PauseAsync").ConfigureAwait(false);
        return container;
    }

    private static async Task GoesOnAsync(CheckpointTrial trial, TrialContainer container, string when)
    {
        RuntimeState state = await trial.Containers.Runtime.StateAsync(container.Container, trial.Token).ConfigureAwait(false);
        Expect.Equal(new RuntimeState("running", container.Pid), state, $"the state after {when}");
        await trial.EndsAsItWouldAsync(container, $"a container that goes on after {when}").ConfigureAwait(false);
    }
}
