namespace ContainerShim.Sdk.Containers;

/// <summary>The containers of an engine by id, and the ids that are being created. Safe for use from several threads.</summary>
internal sealed class ContainerTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Container?> _containers = [];
    private bool _closed;
    private long _changes;

    /// <summary>How many ids have come and gone so far.</summary>
    public long Changes
    {
        get
        {
            lock (_lock)
            {
                return _changes;
            }
        }
    }

    /// <summary>Closes the table for good, if there is neither a container nor one in the making.</summary>
    public bool TryClose()
    {
        lock (_lock)
        {
            _closed |= _containers.Count == 0;
            return _closed;
        }
    }

    /// <summary>Takes an id for a container that is being created.</summary>
    /// <exception cref="ShimException">AlreadyExists. Unavailable: the table is closed.</exception>
    public void Reserve(string id)
    {
        lock (_lock)
        {
            if (_closed)
            {
                throw ShimException.Unavailable("the shim is shutting down");
            }

            if (!_containers.TryAdd(id, null))
            {
                throw ShimException.AlreadyExists("container " + id);
            }

            _changes++;
        }
    }

    /// <summary>Makes a container known under its reserved id.</summary>
    public void Set(Container container)
    {
        lock (_lock)
        {
            _containers[container.Id] = container;
        }
    }

    public void Remove(string id)
    {
        lock (_lock)
        {
            _containers.Remove(id);
            _changes++;
        }
    }

    public Container? Find(string id)
    {
        lock (_lock)
        {
            return _containers.GetValueOrDefault(id);
        }
    }

    /// <exception cref="ShimException">NotFound.</exception>
    public Container Get(string id) => Find(id) ?? throw ShimException.NotFound("container not created");

    public IReadOnlyList<Container> All()
    {
        lock (_lock)
        {
            return [.. _containers.Values.OfType<Container>()];
        }
    }
}
