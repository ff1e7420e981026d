using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Testing.InMemory;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>Monitors with one defect each, and the check that must find it.</summary>
internal static class BrokenMonitors
{
    public static IEnumerable<(string Check, string Defect, Func<InMemoryHost, IProcessMonitor> Make)> All { get; } =
    [
        ("Watch_ProcessThatExits_TellsItsStatus", "tells 0", static h => new Broken(h) { Tell = static exit => exit with { ExitCode = 0 } }),
        ("Watch_ProcessThatExits_TellsItsStatus", "tells another pid", static h => new Broken(h) { Tell = static exit => exit with { Pid = 1 } }),
        ("Watch_ProcessThatIsKilled_Tells128PlusTheSignal", "tells the signal", static h => new Broken(h)
        {
            Tell = static exit => exit with { ExitCode = exit.ExitCode & 127 },
        }),
        ("Watch_ProcessThatEndedBefore_StillTells", "misses what ended", static h => new Broken(h)
        {
            WatchFirst = static (host, pid) => host.Processes.Single(process => process.Pid == pid) is { IsAlive: false } ? throw ShimException.NotFound("process") : null,
        }),
        ("Watch_UnknownProcess_IsNotFound", "watches anything", static h => new Broken(h)
        {
            WatchFirst = static (host, pid) => pid == int.MaxValue ? host.Monitor.Watch(host.Run(ProcessScript.Exits(0)).Pid) : null,
        }),
        ("Exited_OfARunningProcess_WaitsForItsEnd", "tells at once", static h => new Broken(h) { TellsAtOnce = true }),
        ("Signal_Zero_OnlyTests", "kills", static h => new Broken(h) { Send = static (watch, signal) => watch.Signal(signal == 0 ? 9 : signal) }),
        ("Signal_EndedProcess_IsNotFound", "is content", static h => new Broken(h)
        {
            Send = static (watch, signal) => Swallow(watch, signal, ShimErrorCode.NotFound),
        }),
        ("Signal_NoSuchNumber_IsInvalidArgument", "is content", static h => new Broken(h)
        {
            Send = static (watch, signal) => Swallow(watch, signal, ShimErrorCode.InvalidArgument),
        }),
        ("Dispose_LeavesTheProcessAlone", "kills", static h => new Broken(h) { OnDispose = static watch => Swallow(watch, 9, ShimErrorCode.NotFound) }),
        ("Watch_ManyAtOnce_EachHasItsOwnStatus", "tells the first for all", static h =>
        {
            int? first = null;
            return new Broken(h) { Tell = exit => exit with { ExitCode = first ??= exit.ExitCode } };
        }),
    ];

    private static void Swallow(IProcessWatch watch, int signal, ShimErrorCode code)
    {
        try
        {
            watch.Signal(signal);
        }
        catch (ShimException e) when (e.Code == code)
        {
            // The defect.
        }
    }

    private sealed class Broken(InMemoryHost host) : IProcessMonitor
    {
        public ProcessMonitorAbilities Abilities => host.Monitor.Abilities;

        public Func<ProcessExit, ProcessExit> Tell { get; init; } = static exit => exit;

        public Action<IProcessWatch, int> Send { get; init; } = static (watch, signal) => watch.Signal(signal);

        public Action<IProcessWatch> OnDispose { get; init; } = static _ => { };

        public Func<InMemoryHost, int, IProcessWatch?> WatchFirst { get; init; } = static (_, _) => null;

        public bool TellsAtOnce { get; init; }

        public IProcessWatch Watch(int pid) => new BrokenWatch(this, WatchFirst(host, pid) ?? host.Monitor.Watch(pid));
    }

    private sealed class BrokenWatch(Broken owner, IProcessWatch right) : IProcessWatch
    {
        public int Pid => right.Pid;

        public Task<ProcessExit> Exited { get; } = owner.TellsAtOnce
            ? Task.FromResult(new ProcessExit(right.Pid, 0, default))
            : right.Exited.ContinueWith(task => owner.Tell(task.Result), TaskScheduler.Default);

        public void Signal(int signal) => owner.Send(right, signal);

        public void Dispose()
        {
            owner.OnDispose(right);
            right.Dispose();
        }
    }
}
