namespace ContainerShim.Sdk.Processes;

/// <summary>
/// Remembers calls under way that make child processes nobody watches yet, so that the reaper of orphans leaves those alone.
/// Safe for use from several threads.
/// </summary>
internal sealed class ReapHolds
{
    private readonly Lock _lock = new();
    private readonly SortedSet<long> _active = [];
    private long _next;

    /// <summary>Begins a hold; it ends with the disposal, by which time everything the call has made is watched.</summary>
    internal IDisposable Begin()
    {
        lock (_lock)
        {
            _active.Add(_next);
            return new Hold(this, _next++);
        }
    }

    /// <summary>A mark to ask <see cref="AllEndedSince"/> about: it comes after every hold begun so far.</summary>
    internal long Mark()
    {
        lock (_lock)
        {
            return _next;
        }
    }

    /// <summary>Whether each hold that had begun before the mark has ended.</summary>
    internal bool AllEndedSince(long mark)
    {
        lock (_lock)
        {
            return _active.Count == 0 || _active.Min >= mark;
        }
    }

    private void End(long id)
    {
        lock (_lock)
        {
            _active.Remove(id);
        }
    }

    private sealed class Hold(ReapHolds owner, long id) : IDisposable
    {
        public void Dispose() => owner.End(id);
    }
}
