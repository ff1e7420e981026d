using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>Tells of the exits of the <see cref="FakeKernel"/>, at once and on its thread.</summary>
internal sealed class FakeMonitor : IProcessMonitor
{
    private readonly FakeKernel _kernel;
    private readonly CallScript _calls;
    private readonly List<FakeWatch> _watches = [];

    public FakeMonitor(FakeKernel kernel, CallScript calls)
    {
        _kernel = kernel;
        _calls = calls;
        kernel.Died += process =>
        {
            foreach (FakeWatch watch in _watches.Where(watch => watch.Pid == process.Pid).ToArray())
            {
                watch.Tell(process);
            }
        };
    }

    public ProcessMonitorAbilities Abilities => ProcessMonitorAbilities.Children | ProcessMonitorAbilities.Descendants;

    /// <summary>Watches that were not disposed.</summary>
    public int Open => _watches.Count;

    public IProcessWatch Watch(int pid)
    {
        _calls.MakeNow("monitor.watch", $"{pid}");
        if (_kernel.Find(pid) is not { IsReaped: false } process)
        {
            throw ShimException.NotFound("no such process");
        }

        FakeWatch watch = new(this, pid);
        _watches.Add(watch);
        if (!process.IsAlive)
        {
            watch.Tell(process);
        }

        return watch;
    }

    private sealed class FakeWatch(FakeMonitor monitor, int pid) : IProcessWatch
    {
        private readonly TaskCompletionSource<ProcessExit> _exited = new();

        public int Pid => pid;

        public Task<ProcessExit> Exited => _exited.Task;

        public void Tell(FakeProcess process)
        {
            process.IsReaped = true;
            _exited.TrySetResult(process.Exit!);
        }

        public void Signal(int signal)
        {
            monitor._calls.MakeNow("monitor.signal", $"{pid} {signal}");
            if (!monitor._kernel.Signal(pid, signal))
            {
                throw ShimException.NotFound("process already finished");
            }
        }

        public void Dispose() => monitor._watches.Remove(this);
    }
}
