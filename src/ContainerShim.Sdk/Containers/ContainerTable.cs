namespace ContainerShim.Sdk.Containers;

/// <summary>The containers of an engine by id, and the ids that are being created. Safe for use from several threads.</summary>
internal sealed class ContainerTable
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Container?> _containers = [];
    private string? _sandboxId;
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

    /// <summary>Closes the table for good, if there is no sandbox, no container and none in the making.</summary>
    public bool TryClose()
    {
        lock (_lock)
        {
            _closed |= _containers.Count == 0 && _sandboxId is null;
            return _closed;
        }
    }

    /// <summary>Closes the table for good, whatever is in it.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _closed = true;
        }
    }

    /// <summary>Keeps the table open for a sandbox, or for none.</summary>
    /// <exception cref="ShimException">AlreadyExists: there is a sandbox. Unavailable: the table is closed.</exception>
    public void KeepFor(string? sandboxId)
    {
        lock (_lock)
        {
            if (sandboxId is not null && _closed)
            {
                throw ShimException.Unavailable("the shim is shutting down");
            }

            if (sandboxId is not null && _sandboxId is not null)
            {
                throw ShimException.AlreadyExists("sandbox " + _sandboxId);
            }

            _sandboxId = sandboxId;
        }
    }

    /// <summary>Closes the table at the end of its sandbox, whose id is returned; null where it had none.</summary>
    /// <exception cref="ShimException">NotFound: it is open for another sandbox. FailedPrecondition: there are containers.</exception>
    public string? TryCloseWithSandbox(string sandboxId)
    {
        lock (_lock)
        {
            if (_sandboxId is not null && _sandboxId != sandboxId)
            {
                throw ShimException.NotFound("sandbox " + sandboxId);
            }

            if (_containers.Count > 0)
            {
                throw ShimException.FailedPrecondition($"sandbox {sandboxId} has {_containers.Count} containers");
            }

            _closed = true;
            return _sandboxId;
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
