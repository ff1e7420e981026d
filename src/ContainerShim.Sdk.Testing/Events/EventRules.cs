using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Testing.Events;

/// <summary>
/// Watches the events of one shim in the order of their delivery and notes every breach of the promises about them: P1 one start and one
/// exit, P2 start before exit, P3 creation first and deletion last, P4 init's exit after everything else, P5 every death is told, P6 one
/// answer about an exit everywhere, P7 the true status, P8 nothing about what never started, P9 one order, P12 real pids, OOM before exit.
/// </summary>
/// <remarks>For one thread at a time.</remarks>
public sealed class EventRules
{
    private readonly Dictionary<string, ContainerTrace> _containers = [];
    private readonly HashSet<int> _created = [];
    private readonly HashSet<int> _started = [];
    private readonly HashSet<int> _outlived = [];
    private readonly Dictionary<int, ProcessExit> _exits = [];
    private readonly List<string> _violations = [];
    private EventEnvelope? _last;

    /// <summary>Whether events may be missing, since the log gave some up or the receiver refused them.</summary>
    public bool AllowsGaps { get; set; }

    /// <summary>Whether an exec may end after its init, since even SIGKILL did not end it in time; and after its container, untold.</summary>
    public bool ExecsMayOutlastInit { get; set; }

    /// <summary>The breaches so far, each with the number of its property.</summary>
    public IReadOnlyList<string> Violations => _violations;

    /// <summary>Looks at the next event that was delivered. One that comes again, under the same number, must be the same.</summary>
    public void Add(EventEnvelope envelope)
    {
        ArgumentNullException.ThrowIfNull(envelope);
        if (_last is { } last)
        {
            if (envelope.Sequence == last.Sequence)
            {
                Demand(envelope == last, $"P9: {envelope.Sequence} was delivered twice with different content");
                return;
            }

            Demand(envelope.Sequence > last.Sequence, $"P9: {envelope.Sequence} after {last.Sequence}");
            Demand(AllowsGaps || envelope.Sequence == last.Sequence + 1, $"P9: {envelope.Sequence} after {last.Sequence}, something is lost");
        }

        _last = envelope;
        if (!AllowsGaps)
        {
            Apply(envelope.Event);
        }
    }

    /// <summary>A process ended in truth. To be called when the shim has had the time to tell.</summary>
    /// <param name="pid">The process.</param>
    /// <param name="exitCode">Its true status.</param>
    public void Died(int pid, int exitCode)
    {
        if (_exits.TryGetValue(pid, out ProcessExit? exit))
        {
            Demand(exit.ExitCode == exitCode, $"P7: pid {pid} ended with {exitCode}, told was {exit.ExitCode}");
        }
        else
        {
            Demand(_outlived.Contains(pid) || (!_created.Contains(pid) && !_started.Contains(pid)), $"P5: the end of pid {pid} was not told");
        }
    }

    /// <summary>What Wait, State or Delete said about the end of a process.</summary>
    public void Answered(string source, int pid, int exitCode, DateTimeOffset? exitedAt)
    {
        if (_exits.TryGetValue(pid, out ProcessExit? exit))
        {
            Demand(
                exit.ExitCode == exitCode && exit.ExitedAt == exitedAt,
                $"P6: {source} of pid {pid} says {exitCode} at {exitedAt:O}, told was {exit.ExitCode} at {exit.ExitedAt:O}");
        }
    }

    /// <summary>The pids that Start answered with success, all of them.</summary>
    public void StartsSucceeded(IReadOnlySet<int> pids) =>
        Demand(_started.SetEquals(pids), $"P8: starts told {Text(_started.Except(pids))}, starts not told {Text(pids.Except(_started))}");

    /// <inheritdoc/>
    public override string ToString() => string.Join('\n', _violations);

    private static string Text(IEnumerable<int> pids) => $"[{string.Join(' ', pids.Order())}]";

    private void Apply(ShimEvent shimEvent)
    {
        string id = shimEvent.ContainerId;
        ContainerTrace? container = _containers.GetValueOrDefault(id);
        if (shimEvent is TaskCreatedEvent created)
        {
            Demand(container is null or { IsDeleted: true }, $"P1: {id} was created twice");
            Demand(created.Pid > 0 || created.Checkpoint.Length > 0, $"P12: {id} was created with pid {created.Pid}");
            _created.Add(created.Pid);
            _containers[id] = new ContainerTrace(created.Pid, created.Checkpoint.Length > 0);
            return;
        }

        if (container is null or { IsDeleted: true })
        {
            Demand(false, $"P3: {shimEvent.Topic} of {id}, which is not there");
            return;
        }

        if (shimEvent is TaskDeletedEvent deleted)
        {
            ApplyDeleted(container, deleted);
            return;
        }

        bool isLateExecExit = ExecsMayOutlastInit && shimEvent is TaskExitedEvent e && e.ProcessId != id;
        Demand(container.Exit is null || isLateExecExit, $"P4: {shimEvent.Topic} of {id} after the exit of its init process");
        switch (shimEvent)
        {
            case TaskStartedEvent started:
                ApplyStarted(container, started);
                break;
            case TaskExitedEvent exited:
                ApplyExited(container, exited);
                break;
            case ExecAddedEvent added:
                Demand(container.Execs.GetValueOrDefault(added.ExecId) is not { IsRunning: true }, $"P1: {id}/{added.ExecId} was added while it ran");
                container.Execs[added.ExecId] = new ExecTrace();
                break;
            case ExecStartedEvent started:
                ApplyExecStarted(container, started);
                break;
            case TaskPausedEvent:
                Demand(!container.IsPaused, $"P1: {id} was paused twice");
                container.IsPaused = true;
                break;
            case TaskResumedEvent:
                Demand(container.IsPaused, $"P3: {id} was resumed without having been paused");
                container.IsPaused = false;
                break;
        }
    }

    private void ApplyStarted(ContainerTrace container, TaskStartedEvent started)
    {
        Demand(!container.IsStarted, $"P1: {started.ContainerId} was started twice");
        Demand(started.Pid > 0, $"P12: {started.ContainerId} was started with pid {started.Pid}");
        Demand(container.IsRestored || container.Pid == started.Pid, $"P12: {started.ContainerId} changed its pid to {started.Pid}");
        container.IsStarted = true;
        container.Pid = started.Pid;
        _started.Add(started.Pid);
    }

    private void ApplyExecStarted(ContainerTrace container, ExecStartedEvent started)
    {
        string name = $"{started.ContainerId}/{started.ExecId}";
        ExecTrace? exec = container.Execs.GetValueOrDefault(started.ExecId);
        Demand(exec is not null, $"P3: {name} was started without having been added");
        Demand(exec is null or { Pid: 0 }, $"P1: {name} was started twice");
        Demand(started.Pid > 0, $"P12: {name} was started with pid {started.Pid}");
        container.Execs[started.ExecId] = new ExecTrace { Pid = started.Pid };
        Demand(_started.Add(started.Pid), $"P1: pid {started.Pid} was started twice");
    }

    private void ApplyExited(ContainerTrace container, TaskExitedEvent exited)
    {
        string name = $"{exited.ContainerId}/{exited.ProcessId}";
        Demand(exited.Exit.Pid > 0, $"P12: {name} ended with pid {exited.Exit.Pid}");
        if (exited.ProcessId == exited.ContainerId)
        {
            Demand(container.Pid == exited.Exit.Pid, $"P12: {name} ended as pid {exited.Exit.Pid}, was {container.Pid}");
            IEnumerable<string> running = container.Execs.Where(exec => exec.Value.IsRunning).Select(exec => exec.Key);
            Demand(ExecsMayOutlastInit || !running.Any(), $"P4: {name} ended before {string.Join(' ', running)}");
            container.Exit = exited.Exit;
        }
        else
        {
            ExecTrace? exec = container.Execs.GetValueOrDefault(exited.ProcessId);
            Demand(exec?.Pid == exited.Exit.Pid, $"P2: {name} ended as pid {exited.Exit.Pid}, started was {exec?.Pid}");
            Demand(exec is null or { HasEnded: false }, $"P1: {name} ended twice");
            container.Execs[exited.ProcessId] = new ExecTrace { Pid = exited.Exit.Pid, HasEnded = true };
        }

        Demand(_exits.TryAdd(exited.Exit.Pid, exited.Exit), $"P1: pid {exited.Exit.Pid} ended twice");
    }

    private void ApplyDeleted(ContainerTrace container, TaskDeletedEvent deleted)
    {
        container.IsDeleted = true;
        foreach ((string execId, ExecTrace exec) in container.Execs.Where(exec => exec.Value.IsRunning))
        {
            Demand(ExecsMayOutlastInit, $"P3: {deleted.ContainerId} was deleted before the exit of {execId}");
            _outlived.Add(exec.Pid);
        }

        Demand(container.Exit is not null || container.Pid == 0, $"P3: {deleted.ContainerId} was deleted before its exit");
        Demand(container.Pid == deleted.Pid, $"P12: {deleted.ContainerId} was deleted with pid {deleted.Pid}, was {container.Pid}");
        Demand(
            container.Exit is not { } exit || (exit.ExitCode == deleted.ExitCode && exit.ExitedAt == deleted.ExitedAt),
            $"P6: the deletion of {deleted.ContainerId} tells of another exit");
    }

    private void Demand(bool holds, string violation)
    {
        if (!holds)
        {
            _violations.Add(violation);
        }
    }

    private sealed class ContainerTrace(int pid, bool isRestored)
    {
        public int Pid { get; set; } = pid;

        public bool IsRestored => isRestored;

        public bool IsStarted { get; set; }

        public bool IsPaused { get; set; }

        public bool IsDeleted { get; set; }

        public ProcessExit? Exit { get; set; }

        public Dictionary<string, ExecTrace> Execs { get; } = [];
    }

    private sealed record ExecTrace
    {
        public int Pid { get; init; }

        public bool HasEnded { get; init; }

        public bool IsRunning => Pid != 0 && !HasEnded;
    }
}
