using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Events;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>What must hold of the events of a shim, whatever happened: the rules P1 to P8 of the reliability goals, and that pids are never 0.</summary>
internal sealed class EventRules
{
    /// <summary>From the end of a process, as its exit tells it, to the arrival of the exit.</summary>
    internal static readonly TimeSpan LatestArrival = Pace.Of(TimeSpan.FromSeconds(2));

    private readonly Func<int, bool> _isOver;
    private readonly List<string> _violations = [];
    private readonly Dictionary<(string Container, string Process), Dictionary<string, int>> _positions = [];
    private readonly Dictionary<(string Container, string Process), TaskExit> _exits = [];
    private readonly Dictionary<(string Container, string Process), int> _started = [];

    /// <summary>Containers that are to be restored and have not been started: they may go as they came, without a process.</summary>
    private readonly HashSet<string> _unrestored = [];

    private EventRules(Func<int, bool> isOver) => _isOver = isOver;

    /// <param name="events">In the order of arrival.</param>
    /// <param name="facts">What else is known.</param>
    /// <param name="isOver">Whether a process that was started has ended, under a shim that lives to tell.</param>
    /// <param name="isPrompt">Whether the receiver was there all the time.</param>
    public static IReadOnlyList<string> Check(IReadOnlyList<RecordedEvent> events, ShimFacts facts, Func<int, bool> isOver, bool isPrompt)
    {
        EventRules rules = new(isOver);
        for (int i = 0; i < events.Count; i++)
        {
            rules.Add(events[i], i);
            rules.CheckAlone(events[i], isPrompt);
        }

        rules.CheckOrder();
        rules.CheckLastExit(events);
        rules.CheckFacts(facts);
        return rules._violations;
    }

    private void Add(RecordedEvent e, int position)
    {
        (string, string) process = (e.ContainerId, e.ProcessId);
        if (!_positions.TryGetValue(process, out Dictionary<string, int>? topics))
        {
            _positions[process] = topics = [];
        }

        if (e.Message is TaskPaused or TaskResumed or TaskOOM or TaskCheckpointed)
        {
            return;
        }

        // P1: none of these happens twice to a process.
        Demand(topics.TryAdd(e.Topic, position), $"P1: a second {e}");
        switch (e.Message)
        {
            case TaskCreate { Checkpoint.Length: > 0 }:
                _unrestored.Add(e.ContainerId);
                break;
            case TaskStart start:
                _unrestored.Remove(e.ContainerId);
                _started[process] = (int)start.Pid;
                break;
            case TaskExecStarted start:
                _started[process] = (int)start.Pid;
                break;
            case TaskExit exit:
                _exits[process] = exit;
                break;
        }
    }

    private void CheckAlone(RecordedEvent e, bool isPrompt)
    {
        uint? pid = e.Message switch
        {
            // What comes from a checkpoint has no process before its start.
            TaskCreate { Checkpoint.Length: > 0 } => null,
            TaskCreate m => m.Pid,
            TaskStart m => m.Pid,
            TaskExecStarted m => m.Pid,
            TaskExit m => m.Pid,
            TaskDelete m when !_unrestored.Contains(m.ContainerId) => m.Pid,
            _ => null,
        };
        Demand(pid != 0, $"P12: pid 0 in {e}");
        Demand(e.Topic == EventTopics.Of(e.Envelope.Event.TypeUrl), $"topic of {e}");
        if (isPrompt && e.Message is TaskExit exit)
        {
            Demand(e.ReceivedAt - exit.ExitedAt.ToDateTimeOffset() < LatestArrival, $"P5: late {e}");
        }
    }

    private void CheckOrder()
    {
        foreach (((string container, string process), Dictionary<string, int> at) in _positions)
        {
            bool isInit = process == container;
            string added = isInit ? EventTopics.TaskCreate : EventTopics.TaskExecAdded;
            string started = isInit ? EventTopics.TaskStart : EventTopics.TaskExecStarted;
            Precedes(added, started, required: true);
            Precedes(started, EventTopics.TaskExit, required: !isInit);
            Precedes(added, EventTopics.TaskExit, required: true);
            Precedes(EventTopics.TaskExit, EventTopics.TaskDelete, required: !_unrestored.Contains(container));
            Demand(
                at.ContainsKey(EventTopics.TaskExit) || !_started.TryGetValue((container, process), out int pid) || !_isOver(pid),
                $"P1: {container} {process} has no exit");

            void Precedes(string first, string second, bool required)
            {
                if (at.TryGetValue(second, out int later))
                {
                    Demand(at.TryGetValue(first, out int earlier) ? earlier < later : !required, $"P2, P3: {container} {process}: {second} without {first} before");
                }
            }
        }
    }

    /// <summary>P4: nothing but the deletion follows the exit of an init process.</summary>
    private void CheckLastExit(IReadOnlyList<RecordedEvent> events)
    {
        HashSet<string> ended = [];
        foreach (RecordedEvent e in events)
        {
            Demand(!ended.Contains(e.ContainerId) || e.Message is TaskDelete, $"P4: after the exit of init: {e}");
            if (e.Message is TaskExit exit && exit.Id == exit.ContainerId)
            {
                ended.Add(e.ContainerId);
            }
        }
    }

    private void CheckFacts(ShimFacts facts)
    {
        foreach ((string source, string container, string process, uint status, Timestamp at) in facts.Answers)
        {
            if (_exits.TryGetValue((container, process), out TaskExit? exit))
            {
                Demand(exit.ExitStatus == status && exit.ExitedAt.Equals(at), $"P6: {source} said {status} at {at} of {exit}");
            }
        }

        foreach (((string Container, string Process) process, uint status) in facts.Expected)
        {
            if (_exits.TryGetValue(process, out TaskExit? exit))
            {
                Demand(exit.ExitStatus == status, $"P7: expected {status}: {exit}");
            }
        }

        foreach ((string Container, string Process) process in facts.NeverStarted.Keys)
        {
            Demand(!_positions.TryGetValue(process, out Dictionary<string, int>? at)
                || (!at.ContainsKey(EventTopics.TaskStart) && !at.ContainsKey(EventTopics.TaskExecStarted)),
                $"P8: {process} is told as started");
        }
    }

    private void Demand(bool holds, string violation)
    {
        if (!holds)
        {
            _violations.Add(violation);
        }
    }
}
