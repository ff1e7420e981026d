using ContainerShim.Sdk.Runtimes;
using static ContainerShim.Sdk.Testing.Conformance.RuntimeConformance;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What a start call promises.</summary>
internal static class RuntimeStartChecks
{
    private const int Status = 37;

    public static IReadOnlyList<ConformanceCheck<RuntimeSubject>> All { get; } =
    [
        Check(
            "Start_RunsTheCommand_ItsStatusIsExact",
            "StartAsync lets the command run, and the process CreateAsync returned ends with the command's status: containerd reports it to whoever waits.",
            StatusAsync),
        Check(
            "Start_RunsTheCommand_ItsOutputArrives",
            "The process writes to the handles that CreateAsync was given, and to nothing else; when it ends, so does its output.",
            OutputAsync),
        Check(
            "Start_UnknownContainer_IsRefused",
            "StartAsync of a container that was never created fails with a ShimException.",
            UnknownAsync),
        Check(
            "Start_Twice_IsRefused",
            "A container starts once; a second StartAsync fails with a ShimException and changes nothing.",
            TwiceAsync),
        Check(
            "Start_SeveralAtOnce_EachKeepsItsStatus",
            "Containers are independent: calls for several may overlap, and no status goes to another container.",
            SeveralAsync),
    ];

    private static async Task StatusAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Exits(Status)).ConfigureAwait(false);
        Expect.Equal(Status, await trial.ExitCodeAsync(container.Watch, "the init process").ConfigureAwait(false), "the status of `exit 37`");
    }

    private static async Task OutputAsync(RuntimeTrial trial)
    {
        using PipeEnds pipe = new();
        await trial.RunAsync(Workload.Prints("conforming"), pipe.ForOutput).ConfigureAwait(false);
        pipe.CloseProcessEnd();
        string output = await Expect.EndsAsync(
            pipe.ReadToEndAsync(trial.Token), trial.Subject, "the end of the output of a process that has ended").ConfigureAwait(false);
        Expect.Equal("conforming\n", output, "the output of `echo conforming`");
    }

    private static Task UnknownAsync(RuntimeTrial trial)
    {
        RuntimeContainer container = trial.Unknown();
        return Expect.RefusalAsync(() => trial.Runtime.StartAsync(container, trial.Token), "StartAsync of an unknown container");
    }

    private static async Task TwiceAsync(RuntimeTrial trial)
    {
        TrialContainer container = await trial.RunAsync(Workload.Runs).ConfigureAwait(false);
        await Expect.RefusalAsync(() => trial.Runtime.StartAsync(container.Container, trial.Token), "the second StartAsync").ConfigureAwait(false);
        await Expect.StaysAsync(container.Watch.Exited, trial.Subject, "the second StartAsync ended the container").ConfigureAwait(false);
    }

    private static async Task SeveralAsync(RuntimeTrial trial)
    {
        int[] codes = [1, 2, 3, 4];
        TrialContainer[] containers = await Task.WhenAll(codes.Select(code => trial.CreateAsync(Workload.Exits(code)))).ConfigureAwait(false);
        await Task.WhenAll(containers.Select(container => trial.Runtime.StartAsync(container.Container, trial.Token))).ConfigureAwait(false);
        int[] ends = await Task.WhenAll(containers.Select(container => trial.ExitCodeAsync(container.Watch, "an init process"))).ConfigureAwait(false);
        Expect.Equal(string.Join(' ', codes), string.Join(' ', ends), "the statuses of four containers");
    }
}
