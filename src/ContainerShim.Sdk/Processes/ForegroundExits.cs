using System.Collections.Concurrent;

namespace ContainerShim.Sdk.Processes;

/// <summary>
/// A monitor for processes whose runtime process stays beside them, as their parent, and hands on their status: that of a child of this
/// process, which is exact however soon the process ends.
/// </summary>
internal sealed class ForegroundExits(PidfdProcessMonitor monitor, TimeProvider time) : IProcessMonitor
{
    private readonly ConcurrentDictionary<int, ForegroundWatch> _started = new();

    /// <inheritdoc/>
    public ProcessMonitorAbilities Abilities => monitor.Abilities;

    /// <inheritdoc/>
    public IProcessWatch Watch(int pid) => _started.TryRemove(pid, out ForegroundWatch? watch) ? watch : monitor.Watch(pid);

    /// <summary>Tells of a process, before it is watched.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="runtime">Its parent, whose watch goes over to this object.</param>
    internal void Add(int pid, IProcessWatch runtime) => _started[pid] = new ForegroundWatch(pid, TryWatch(pid, runtime.Pid), runtime, time);

    /// <summary>Null when it is gone: its parent then ends with its status.</summary>
    private IProcessWatch? TryWatch(int pid, int parent)
    {
        try
        {
            IProcessWatch watch = monitor.Watch(pid);
            if (ProcFiles.ReadParent(pid) == parent)
            {
                return watch;
            }

            // Another process has got its pid.
            watch.Dispose();
        }
        catch (ShimException exception) when (exception.Code == ShimErrorCode.NotFound)
        {
        }

        return null;
    }
}
