using System.Diagnostics.CodeAnalysis;
namespace ContainerShim.Sdk.Events;

/// <summary>Events in order, bounded in number. At the bound the oldest event that nobody's bookkeeping depends on makes room.</summary>
/// <remarks>Exits and deletions are never given up: what containerd does not hear about a dead task it never forgets.</remarks>
internal sealed class EventQueue(int capacity)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<EventEnvelope> _events = [];
    private readonly Queue<LinkedListNode<EventEnvelope>> _expendable = [];

    /// <summary>How many events wait.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
            {
                return _events.Count;
            }
        }
    }

    /// <summary>Adds an event at the end. Returns the event that made room for it, if one had to.</summary>
    public EventEnvelope? Add(EventEnvelope envelope)
    {
        lock (_lock)
        {
            LinkedListNode<EventEnvelope> node = _events.AddLast(envelope);
            if (envelope.Event is not (TaskExitedEvent or TaskDeletedEvent))
            {
                _expendable.Enqueue(node);
            }

            return _events.Count > capacity ? GiveUpOldest() : null;
        }
    }

    /// <summary>The event at the head, which stays there.</summary>
    public bool TryPeek([NotNullWhen(true)] out EventEnvelope? envelope)
    {
        lock (_lock)
        {
            envelope = _events.First?.Value;
            return envelope is not null;
        }
    }

    /// <summary>Whether the exit of a process waits.</summary>
    public bool HasExit(string containerId, string processId)
    {
        lock (_lock)
        {
            return _events.Any(waiting => waiting.Event is TaskExitedEvent exited && exited.ContainerId == containerId && exited.ProcessId == processId);
        }
    }

    /// <summary>Takes the event at the head.</summary>
    public bool TryTake([NotNullWhen(true)] out EventEnvelope? envelope)
    {
        lock (_lock)
        {
            envelope = _events.First?.Value;
            if (envelope is not null)
            {
                RemoveHead();
            }

            return envelope is not null;
        }
    }

    /// <summary>Takes an event away that was delivered. It may have been given up meanwhile.</summary>
    public void Remove(EventEnvelope envelope)
    {
        lock (_lock)
        {
            if (_events.First is { } head && ReferenceEquals(head.Value, envelope))
            {
                RemoveHead();
            }
        }
    }

    private void RemoveHead()
    {
        if (_expendable.TryPeek(out LinkedListNode<EventEnvelope>? first) && ReferenceEquals(first, _events.First))
        {
            _expendable.Dequeue();
        }

        _events.RemoveFirst();
    }

    private EventEnvelope? GiveUpOldest()
    {
        if (!_expendable.TryDequeue(out LinkedListNode<EventEnvelope>? node))
        {
            return null;
        }

        _events.Remove(node);
        return node.Value;
    }
}
