namespace ContainerShim.Sdk.Cgroups;

/// <summary>The kernel's count of OOM kills in a cgroup, which survives the cgroup, and whom to tell of a rise.</summary>
internal sealed class OomCounter(Func<long?> read)
{
    private readonly Lock _lock = new();
    private readonly List<Action<long>> _listeners = [];
    private long _value;
    private long _told;

    /// <summary>Reads the counter; the last value when it can no longer be read.</summary>
    internal long Value
    {
        get
        {
            lock (_lock)
            {
                return _value = Math.Max(_value, read() ?? 0);
            }
        }
    }

    /// <summary>Adds a listener; true for the first one.</summary>
    internal bool Add(Action<long> listener)
    {
        lock (_lock)
        {
            _listeners.Add(listener);
            return _listeners.Count == 1;
        }
    }

    /// <summary>Removes a listener; true for the last one.</summary>
    internal bool Remove(Action<long> listener)
    {
        lock (_lock)
        {
            return _listeners.Remove(listener) && _listeners.Count == 0;
        }
    }

    /// <summary>Looks again, and tells of a rise. The listeners are called outside the lock.</summary>
    internal void Refresh()
    {
        Action<long>[] listeners;
        long value = Value;
        lock (_lock)
        {
            if (value <= _told)
            {
                return;
            }

            _told = value;
            listeners = [.. _listeners];
        }

        foreach (Action<long> listener in listeners)
        {
            listener(value);
        }
    }
}
