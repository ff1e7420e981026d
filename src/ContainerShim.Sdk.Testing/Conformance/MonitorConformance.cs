using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>What <see cref="IProcessMonitor"/> promises, as checks. Used like those of <see cref="RuntimeConformance"/>.</summary>
public static class MonitorConformance
{
    private const int Status = 29;
    private const int Nobody = int.MaxValue;
    private const int NoSignal = 1000;

    /// <summary>Every check.</summary>
    public static IReadOnlyList<ConformanceCheck<MonitorSubject>> Checks { get; } =
    [
        new("Watch_ProcessThatExits_TellsItsStatus", "Exited ends with the pid and the status that the process passed to exit(2).", StatusAsync),
        new("Watch_ProcessThatIsKilled_Tells128PlusTheSignal", "A process that signal n ended has the status 128+n.", KilledAsync),
        new("Watch_ProcessThatEndedBefore_StillTells", "A child that died before it was watched is a zombie, with its status: nothing is missed.", EarlierAsync),
        new("Watch_UnknownProcess_IsNotFound", "Watch of a pid that nobody has fails with NotFound.", UnknownAsync),
        new("Exited_OfARunningProcess_WaitsForItsEnd", "Exited does not end while the process runs.", RunningAsync),
        new("Signal_Zero_OnlyTests", "Signal 0 does nothing to a process that is there.", TestAsync),
        new("Signal_EndedProcess_IsNotFound", "Signal to a process that has ended fails with NotFound: never does it reach another that got the pid.", EndedAsync),
        new("Signal_NoSuchNumber_IsInvalidArgument", "A number that is no signal is refused as such, and not as a missing process.", InvalidAsync),
        new("Dispose_LeavesTheProcessAlone", "Disposing a watch ends the watch and nothing else; the process can be watched again.", DisposeAsync),
        new("Watch_ManyAtOnce_EachHasItsOwnStatus", "Watches are independent: each of many processes that end together is told with its own status.", ManyAsync),
    ];

    private static async Task StatusAsync(MonitorSubject subject, CancellationToken cancellationToken)
    {
        int pid = subject.StartProcess(Workload.Exits(Status));
        using IProcessWatch watch = subject.Monitor.Watch(pid);
        Expect.Equal(pid, watch.Pid, "the watch's pid");
        ProcessExit exit = await EndAsync(subject, watch).ConfigureAwait(false);
        Expect.Equal(pid, exit.Pid, "the exit's pid");
        Expect.Equal(Status, exit.ExitCode, "the status of `exit 29`");
    }

    private static async Task KilledAsync(MonitorSubject subject, CancellationToken cancellationToken)
    {
        using IProcessWatch watch = subject.Monitor.Watch(subject.StartProcess(Workload.Runs));
        watch.Signal(Signals.Kill);
        Expect.Equal(Signals.KilledStatus, (await EndAsync(subject, watch).ConfigureAwait(false)).ExitCode, "the status after SIGKILL");
    }

    private static async Task EarlierAsync(MonitorSubject subject, CancellationToken cancellationToken)
    {
        int pid = subject.StartProcess(Workload.Exits(Status));
        await Task.Delay(subject.Grace, TimeProvider.System, cancellationToken).ConfigureAwait(false);
        using IProcessWatch watch = subject.Monitor.Watch(pid);
        Expect.Equal(Status, (await EndAsync(subject, watch).ConfigureAwait(false)).ExitCode, "the status of a process that was watched after its end");
    }

    private static Task UnknownAsync(MonitorSubject subject, CancellationToken cancellationToken) => Expect.RefusalAsync(
        () =>
        {
            subject.Monitor.Watch(Nobody).Dispose();
            return Task.CompletedTask;
        },
        "Watch of a pid that nobody has",
        ShimErrorCode.NotFound);

    private static async Task RunningAsync(MonitorSubject subject, CancellationToken cancellationToken)
    {
        using IProcessWatch watch = subject.Monitor.Watch(subject.StartProcess(Workload.Runs));
        await Expect.StaysAsync(watch.Exited, subject, "Exited ended while the process ran").ConfigureAwait(false);
        watch.Signal(Signals.Kill);
        await EndAsync(subject, watch).ConfigureAwait(false);
    }

    private static async Task TestAsync(MonitorSubject subject, CancellationToken cancellationToken)
    {
        using IProcessWatch watch = subject.Monitor.Watch(subject.StartProcess(Workload.Runs));
        watch.Signal(Signals.Test);
        await Expect.StaysAsync(watch.Exited, subject, "signal 0 ended the process").ConfigureAwait(false);
        watch.Signal(Signals.Kill);
        await EndAsync(subject, watch).ConfigureAwait(false);
    }

    private static async Task EndedAsync(MonitorSubject subject, CancellationToken cancellationToken)
    {
        using IProcessWatch watch = subject.Monitor.Watch(subject.StartProcess(Workload.Exits(0)));
        await EndAsync(subject, watch).ConfigureAwait(false);
        await RefusedAsync(watch, Signals.Kill, "Signal to a process that has ended", ShimErrorCode.NotFound).ConfigureAwait(false);
    }

    private static async Task InvalidAsync(MonitorSubject subject, CancellationToken cancellationToken)
    {
        using IProcessWatch watch = subject.Monitor.Watch(subject.StartProcess(Workload.Runs));
        try
        {
            await RefusedAsync(watch, NoSignal, "Signal with the number 1000", ShimErrorCode.InvalidArgument).ConfigureAwait(false);
        }
        finally
        {
            watch.Signal(Signals.Kill);
            await EndAsync(subject, watch).ConfigureAwait(false);
        }
    }

    private static async Task DisposeAsync(MonitorSubject subject, CancellationToken cancellationToken)
    {
        int pid = subject.StartProcess(Workload.Runs);
        IProcessWatch first = subject.Monitor.Watch(pid);
        first.Dispose();
        first.Dispose();
        using IProcessWatch second = subject.Monitor.Watch(pid);
        await Expect.StaysAsync(second.Exited, subject, "the process ended when its watch was disposed").ConfigureAwait(false);
        second.Signal(Signals.Kill);
        Expect.Equal(Signals.KilledStatus, (await EndAsync(subject, second).ConfigureAwait(false)).ExitCode, "the status at the second watch");
    }

    private static async Task ManyAsync(MonitorSubject subject, CancellationToken cancellationToken)
    {
        int[] codes = [.. Enumerable.Range(1, 32)];
        IProcessWatch[] watches = [.. codes.Select(code => subject.Monitor.Watch(subject.StartProcess(Workload.Exits(code))))];
        foreach ((int code, IProcessWatch watch) in codes.Zip(watches))
        {
            using (watch)
            {
                Expect.Equal(code, (await EndAsync(subject, watch).ConfigureAwait(false)).ExitCode, $"the status of `exit {code}`, one of many");
            }
        }
    }

    private static Task<ProcessExit> EndAsync(MonitorSubject subject, IProcessWatch watch) =>
        Expect.EndsAsync(watch.Exited, subject, $"the news that process {watch.Pid} has ended");

    private static Task RefusedAsync(IProcessWatch watch, int signal, string what, ShimErrorCode code) => Expect.RefusalAsync(
        () =>
        {
            watch.Signal(signal);
            return Task.CompletedTask;
        },
        what,
        code);
}
