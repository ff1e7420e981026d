using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>
/// A machine in memory: processes, their containers and cgroups, with a runtime, a monitor and a loader that agree about them. It needs
/// neither root nor runc. Safe for use from several threads.
/// </summary>
public sealed class InMemoryHost
{
    // PID_MAX_LIMIT is 2^22: a pid that somebody takes for a real one by mistake is nobody's.
    private const int FirstPid = 1 << 22;
    private const int SigKill = 9;

    private readonly SortedDictionary<int, InMemoryProcess> _processes = [];
    private readonly HashSet<string> _frozen = [];
    private int _lastPid = FirstPid;

    /// <summary>Makes a machine without processes.</summary>
    /// <param name="time">The clock of its scripts and of exits. Default: null, the system's.</param>
    public InMemoryHost(TimeProvider? time = null)
    {
        Time = time ?? TimeProvider.System;
        Runtime = new InMemoryRuntime(this);
        Monitor = new InMemoryMonitor(this);
        Cgroups = new InMemoryCgroups(this);
    }

    /// <summary>Its clock.</summary>
    public TimeProvider Time { get; }

    /// <summary>Creates and runs containers on it.</summary>
    public InMemoryRuntime Runtime { get; }

    /// <summary>Tells of the ends of its processes.</summary>
    public InMemoryMonitor Monitor { get; }

    /// <summary>Has a cgroup for each of its containers.</summary>
    public InMemoryCgroups Cgroups { get; }

    /// <summary>Every process there ever was, in the order of their pids.</summary>
    public IReadOnlyList<InMemoryProcess> Processes
    {
        get
        {
            lock (Sync)
            {
                return [.. _processes.Values];
            }
        }
    }

    internal Lock Sync { get; } = new();

    /// <summary>The newest process of a container that was run under an exec id.</summary>
    /// <param name="containerId">The container.</param>
    /// <param name="execId">The exec; empty for the init process.</param>
    /// <exception cref="ShimException">NotFound: there was none.</exception>
    public InMemoryProcess Process(string containerId, string execId = "") =>
        Processes.LastOrDefault(process => process.Start.ContainerId == containerId && process.Start.ExecId == execId)
        ?? throw ShimException.NotFound($"process {containerId}{(execId.Length > 0 ? "/" + execId : "")}");

    /// <summary>Runs a process outside of any container that the runtime knows, for tests of a monitor.</summary>
    public InMemoryProcess Run(ProcessScript script)
    {
        ArgumentNullException.ThrowIfNull(script);
        InMemoryProcess process = Add(new ProcessStart($"alone-{Guid.NewGuid():N}", "", []), RuntimeStdio.None);
        process.Run(script);
        return process;
    }

    /// <summary>Ends everything, stuck or frozen, and lets held calls of the runtime go: the end of a test.</summary>
    public void EndAll()
    {
        Runtime.ReleaseAll();
        foreach (InMemoryProcess process in Processes)
        {
            Thaw(process.Start.ContainerId);
            process.Unstick();
            process.End(128 + SigKill);
        }
    }

    internal InMemoryProcess Add(ProcessStart start, RuntimeStdio stdio)
    {
        ProcessStreams streams = new(stdio);
        lock (Sync)
        {
            InMemoryProcess process = new(this, ++_lastPid, start, streams);
            _processes.Add(process.Pid, process);
            return process;
        }
    }

    internal InMemoryProcess? Find(int pid)
    {
        lock (Sync)
        {
            return _processes.GetValueOrDefault(pid);
        }
    }

    internal IReadOnlyList<InMemoryProcess> Alive(string containerId) =>
        [.. Processes.Where(process => process.IsAlive && process.Start.ContainerId == containerId)];

    internal bool IsFrozen(string containerId)
    {
        lock (Sync)
        {
            return IsFrozenLocked(containerId);
        }
    }

    internal bool IsFrozenLocked(string containerId) => _frozen.Contains(containerId);

    internal void Freeze(string containerId) => Change(() => _frozen.Add(containerId));

    internal void Thaw(string containerId) => Change(() =>
    {
        _frozen.Remove(containerId);
        foreach (InMemoryProcess process in _processes.Values.Where(process => process.Start.ContainerId == containerId).ToArray())
        {
            process.EndIfPossible();
        }
    });

    internal void EndOthersLocked(InMemoryProcess init)
    {
        foreach (InMemoryProcess other in _processes.Values.Where(other => other != init && other.Start.ContainerId == init.Start.ContainerId).ToArray())
        {
            other.Take(SigKill);
        }
    }

    internal void TellLocked(InMemoryProcess process) => Monitor.TellLocked(process);

    internal void Change(Action action)
    {
        lock (Sync)
        {
            action();
        }
    }

    internal T Change<T>(Func<T> action)
    {
        lock (Sync)
        {
            return action();
        }
    }
}
