using ContainerShim.Sdk.Runtimes;
using static ContainerShim.Sdk.Testing.Conformance.CheckpointConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a restore call promises.</summary>
internal static class RestoreChecks
{
    private static readonly Workload _echoes = new("echo ready; cat");

    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> All { get; } =
    [
        Check(
            "Restore_RunsTheProcess_ItsStatusIsExact",
            "RestoreAsync returns the pid of an init process that runs and that the monitor can watch; what its command handled it handles still.",
            RunsAsync),
        Check(
            "Restore_GoesOnWhereItWas_WithItsNewStreams",
            "The command goes on and does not begin anew; it reads from and writes to the handles of RuntimeRestore.Stdio, which stay the caller's.",
            StreamsAsync),
        Check(
            "Restore_UnderItsOwnId_AfterTheDeletion",
            "Once a container that ended with its checkpoint is deleted, its id can be restored: so one is moved, or survives a reboot.",
            OwnIdAsync),
        Check(
            "Restore_IdInUse_IsAlreadyExists",
            "A restore under the id of another container is AlreadyExists and leaves that alone: after any other failure the engine deletes by force what is there.",
            IdInUseAsync),
        Check(
            "Restore_OneImageTwice_MakesTwoContainers",
            "An image is not used up by a restore, and what comes of it is independent: one ends without the other.",
            TwiceAsync),
        Check(
            "Restore_WithoutAnImage_IsInvalidArgument",
            "A directory that is missing or empty holds no image: InvalidArgument, and no container is made.",
            NoImageAsync),
        Check(
            "Restore_CancelledBefore_MakesNothing",
            "A token that has fired before the call ends it with an OperationCanceledException, and no container is made.",
            CancelledAsync),
        Check(
            "Restore_MakesAContainerLikeAnyOther",
            "Execs, the listing of processes, signals and the deletion work for what was restored as for what was created.",
            LikeAnyOtherAsync),
    ];

    private static async Task RunsAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.RestoreAsync(await trial.MakeImageAsync().ConfigureAwait(false)).ConfigureAwait(false);
        RuntimeState state = await trial.Containers.Runtime.StateAsync(container.Container, trial.Token).ConfigureAwait(false);
        Expect.Equal(new RuntimeState("running", container.Pid), state, "the state after RestoreAsync");
        await trial.EndsAsItWouldAsync(container, "a container that was restored").ConfigureAwait(false);
    }

    private static async Task StreamsAsync(CheckpointTrial trial)
    {
        PipeEnds firstInput = trial.NewPipe(isInput: true);
        PipeEnds firstOutput = trial.NewPipe();
        TrialContainer first = await trial.Containers.RunAsync(_echoes, PipeEnds.Stdio(firstInput, firstOutput)).ConfigureAwait(false);
        firstInput.CloseProcessEnd();
        firstOutput.CloseProcessEnd();
        await trial.ReadsAsync("ready", firstOutput).ConfigureAwait(false);
        string image = trial.NewImage();
        await trial.EndWithImageAsync(first, image).ConfigureAwait(false);

        PipeEnds input = trial.NewPipe(isInput: true);
        PipeEnds output = trial.NewPipe();
        TrialContainer container = await trial.RestoreAsync(trial.NewContainer(workload: _echoes), image, PipeEnds.Stdio(input, output)).ConfigureAwait(false);
        Expect.That(!input.IsProcessEndClosed && !output.IsProcessEndClosed, "RestoreAsync closed handles of its caller");
        input.CloseProcessEnd();
        output.CloseProcessEnd();
        await WriteAsync(input, "conforming\n", trial.Token).ConfigureAwait(false);
        string text = await Expect.EndsAsync(
            output.ReadToEndAsync(trial.Token), trial.Subject, "the end of the output of a restored process whose input has ended").ConfigureAwait(false);
        Expect.Equal("conforming\n", text, "the output of a restored `echo ready; cat` that had printed `ready` before, and is sent `conforming`");
        Expect.Equal(0, await trial.Containers.ExitCodeAsync(container.Watch, "a restored process whose input has ended").ConfigureAwait(false), "its status");
    }

    private static async Task WriteAsync(PipeEnds input, string text, CancellationToken cancellationToken)
    {
        try
        {
            await input.WriteToEndAsync(text, cancellationToken).ConfigureAwait(false);
        }
        catch (IOException e)
        {
            throw new ConformanceException("the restored process does not have the handle of its input: nobody reads the pipe", e);
        }
    }

    private static async Task OwnIdAsync(CheckpointTrial trial)
    {
        TrialContainer first = await trial.RunAsync().ConfigureAwait(false);
        string image = trial.NewImage();
        await trial.EndWithImageAsync(first, image).ConfigureAwait(false);
        TrialContainer second = await trial.RestoreAsync(
            trial.NewContainer(first.Container.Id), image, what: "RestoreAsync under the id that the container had before").ConfigureAwait(false);
        await Expect.StaysAsync(second.Watch.Exited, trial.Subject, "what was restored under the id it had before ended at once").ConfigureAwait(false);
    }

    private static async Task IdInUseAsync(CheckpointTrial trial)
    {
        string image = await trial.MakeImageAsync().ConfigureAwait(false);
        TrialContainer other = await trial.Containers.RunAsync(Workload.Runs).ConfigureAwait(false);
        RuntimeContainer second = trial.NewContainer(other.Container.Id);
        await Expect.RefusalAsync(
            () => trial.CallRestoreAsync(second, image), "RestoreAsync under an id that is in use", ShimErrorCode.AlreadyExists).ConfigureAwait(false);
        await Expect.StaysAsync(other.Watch.Exited, trial.Subject, "a container ended when a restore asked for its id").ConfigureAwait(false);
        Expect.Equal(
            "running", await trial.Containers.StatusAsync(other).ConfigureAwait(false), "the status of a container whose id a restore has asked for");
    }

    private static async Task TwiceAsync(CheckpointTrial trial)
    {
        string image = await trial.MakeImageAsync().ConfigureAwait(false);
        TrialContainer first = await trial.RestoreAsync(image).ConfigureAwait(false);
        TrialContainer second = await trial.RestoreAsync(image, "the second RestoreAsync of one image").ConfigureAwait(false);
        Expect.That(first.Pid != second.Pid, $"two restores of one image returned the same pid, {first.Pid}");
        await trial.Containers.KillAsync(first).ConfigureAwait(false);
        await trial.Containers.ExitCodeAsync(first.Watch, "the first container of an image").ConfigureAwait(false);
        await Expect.StaysAsync(second.Watch.Exited, trial.Subject, "the second container of an image ended with the first").ConfigureAwait(false);
    }

    private static async Task NoImageAsync(CheckpointTrial trial)
    {
        string missing = trial.NewImage();
        string empty = Directory.CreateDirectory(trial.NewImage()).FullName;
        foreach ((string image, string what) in new[] { (missing, "a directory that is missing"), (empty, "an empty directory") })
        {
            RuntimeContainer container = trial.NewContainer();
            await Expect.RefusalAsync(
                () => trial.CallRestoreAsync(container, image), $"RestoreAsync from {what}", ShimErrorCode.InvalidArgument).ConfigureAwait(false);
            await trial.IsUnknownAsync(container, $"a RestoreAsync from {what}").ConfigureAwait(false);
        }
    }

    private static async Task CancelledAsync(CheckpointTrial trial)
    {
        string image = await trial.MakeImageAsync().ConfigureAwait(false);
        RuntimeContainer container = trial.NewContainer();
        await Expect.CancelledAsync(
            () => trial.CallRestoreAsync(container, image, cancellationToken: new CancellationToken(canceled: true)), "RestoreAsync").ConfigureAwait(false);
        await trial.IsUnknownAsync(container, "a RestoreAsync that was cancelled before").ConfigureAwait(false);
    }

    private static async Task LikeAnyOtherAsync(CheckpointTrial trial)
    {
        TrialContainer container = await trial.RestoreAsync(await trial.MakeImageAsync().ConfigureAwait(false)).ConfigureAwait(false);
        IReadOnlyList<int> pids = await trial.Containers.Runtime.PidsAsync(container.Container, trial.Token).ConfigureAwait(false);
        Expect.That(pids.Contains(container.Pid), $"PidsAsync of a restored container lists {string.Join(' ', pids)}, without the init process {container.Pid}");
        int pid = await Expect.SuccessAsync(
            () => trial.Containers.ExecAsync(container, Workload.Exits(CheckpointTrial.Status)), "ExecAsync in a restored container").ConfigureAwait(false);
        Expect.Equal(
            CheckpointTrial.Status,
            await trial.Containers.ExecExitCodeAsync(pid, "an exec in a restored container").ConfigureAwait(false),
            "the status of an exec in a restored container");
        await trial.Containers.KillAsync(container).ConfigureAwait(false);
        Expect.Equal(
            Signals.KilledStatus,
            await trial.Containers.ExitCodeAsync(container.Watch, "a restored container that was sent SIGKILL").ConfigureAwait(false),
            "the status of a restored container after SIGKILL");
        await trial.Containers.DeleteAsync(container).ConfigureAwait(false);
        await trial.IsUnknownAsync(container.Container, "the deletion of a restored container").ConfigureAwait(false);
    }
}
