using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>Processes and freezers. A dead process stays, as a zombie does, until a watch has told of it.</summary>
internal sealed class FakeKernel(TimeProvider time)
{
    private readonly SortedDictionary<int, FakeProcess> _processes = [];
    private readonly HashSet<string> _frozen = [];
    private readonly HashSet<string> _sharing = [];
    private int _lastPid = 1000;

    /// <summary>A process has ended; the monitor listens.</summary>
    public event Action<FakeProcess>? Died;

    public IReadOnlyCollection<FakeProcess> Processes => _processes.Values;

    /// <summary>Whether the end of an init process ends the others of its container at once, as in a pid namespace of its own.</summary>
    public bool TearsDownNamespaces { get; set; }

    public FakeProcess this[int pid] => _processes[pid];

    public FakeProcess Spawn(string containerId, string execId)
    {
        FakeProcess process = new(++_lastPid, containerId, execId);
        _processes.Add(process.Pid, process);
        return process;
    }

    public FakeProcess? Find(int pid) => _processes.GetValueOrDefault(pid);

    public IReadOnlyList<FakeProcess> Alive() => [.. _processes.Values.Where(process => process.IsAlive)];

    public IReadOnlyList<FakeProcess> Alive(string containerId) => [.. Alive().Where(process => process.ContainerId == containerId)];

    /// <summary>Processes of this container outlive its init process.</summary>
    public void SharePidNamespace(string containerId) => _sharing.Add(containerId);

    public bool IsFrozen(string containerId) => _frozen.Contains(containerId);

    public void Freeze(string containerId) => _frozen.Add(containerId);

    public void Thaw(string containerId)
    {
        _frozen.Remove(containerId);
        foreach (FakeProcess process in Alive(containerId))
        {
            EndIfPossible(process);
        }
    }

    /// <summary>Ends a process with a status. Frozen and stuck ones end later.</summary>
    public void Exit(int pid, int code)
    {
        FakeProcess process = _processes[pid];
        if (process.IsAlive)
        {
            process.PendingCode ??= code;
            EndIfPossible(process);
        }
    }

    /// <summary>Sends a signal; only 9 and 15 do something. False when the process has ended.</summary>
    public bool Signal(int pid, int signal)
    {
        if (Find(pid) is not { IsAlive: true })
        {
            return false;
        }

        if (signal is 9 or 15)
        {
            Exit(pid, 128 + signal);
        }

        return true;
    }

    /// <summary>Ends a process though its container is frozen, as cgroup v2 allows for SIGKILL; the others stay frozen.</summary>
    public void DieFrozen(int pid, int code)
    {
        FakeProcess process = _processes[pid];
        process.Exit = new ProcessExit(pid, code, time.GetUtcNow());
        Died?.Invoke(process);
        TearDown(process);
    }

    public void Unstick(FakeProcess process)
    {
        process.IsStuck = false;
        EndIfPossible(process);
    }

    private void EndIfPossible(FakeProcess process)
    {
        if (!process.IsAlive || process.IsStuck || IsFrozen(process.ContainerId) || process.PendingCode is not { } code)
        {
            return;
        }

        process.Exit = new ProcessExit(process.Pid, code, time.GetUtcNow());
        // Init first: the order in which a monitor may well tell of them, and the harder one for the engine.
        Died?.Invoke(process);
        TearDown(process);
    }

    private void TearDown(FakeProcess process)
    {
        if (process.IsInit && TearsDownNamespaces && !_sharing.Contains(process.ContainerId))
        {
            foreach (FakeProcess other in Alive(process.ContainerId))
            {
                Exit(other.Pid, 137);
            }
        }
    }
}
