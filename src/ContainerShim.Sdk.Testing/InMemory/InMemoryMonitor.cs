using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>Tells of the ends of the processes of an <see cref="InMemoryHost"/>. Like a parent it takes a status once: whoever asks later finds no process.</summary>
public sealed class InMemoryMonitor : IProcessMonitor
{
    private readonly InMemoryHost _host;
    private readonly List<Watched> _watches = [];

    internal InMemoryMonitor(InMemoryHost host) => _host = host;

    /// <summary>What it says it can. Default: children and descendants.</summary>
    public ProcessMonitorAbilities Abilities { get; set; } = ProcessMonitorAbilities.Children | ProcessMonitorAbilities.Descendants;

    /// <summary>How many watches are neither disposed nor ended: none after a test that leaks nothing.</summary>
    public int OpenWatches => _host.Change(() => _watches.Count);

    /// <inheritdoc/>
    public IProcessWatch Watch(int pid) => _host.Change(() =>
    {
        if (_host.Find(pid) is not { IsReaped: false } process)
        {
            throw ShimException.NotFound($"process {pid}");
        }

        Watched watch = new(this, process);
        if (process.Exit is { } exit)
        {
            watch.Tell(exit);
        }
        else
        {
            _watches.Add(watch);
        }

        return watch;
    });

    internal void TellLocked(InMemoryProcess process)
    {
        foreach (Watched watch in _watches.Where(watch => watch.Pid == process.Pid).ToArray())
        {
            _watches.Remove(watch);
            watch.Tell(process.Exit!);
        }
    }

    private sealed class Watched(InMemoryMonitor monitor, InMemoryProcess process) : IProcessWatch
    {
        private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Pid => process.Pid;

        public Task<ProcessExit> Exited => _exited.Task;

        public void Signal(int signal) => process.Kill(signal);

        public void Dispose() => monitor._host.Change(() => monitor._watches.Remove(this));

        public void Tell(ProcessExit exit)
        {
            process.IsReaped = true;
            _exited.TrySetResult(exit);
        }
    }
}
