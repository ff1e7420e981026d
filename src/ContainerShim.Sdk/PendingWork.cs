namespace ContainerShim.Sdk;

/// <summary>Counts operations that an end has to wait for.</summary>
internal sealed class PendingWork(object owner)
{
    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _none = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;
    private bool _closed;

    /// <summary>Begins an operation, which ends when the result is disposed.</summary>
    /// <exception cref="ObjectDisposedException">No operation may begin any more.</exception>
    internal IDisposable Enter()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_closed, owner);
            _count++;
        }

        return new Operation(this);
    }

    /// <summary>Lets no operation begin any more, and waits for those under way.</summary>
    internal Task CloseAsync()
    {
        lock (_lock)
        {
            _closed = true;
            EndIfNone();
        }

        return _none.Task;
    }

    private void Leave()
    {
        lock (_lock)
        {
            _count--;
            EndIfNone();
        }
    }

    private void EndIfNone()
    {
        if (_closed && _count == 0)
        {
            _none.TrySetResult();
        }
    }

    private sealed class Operation(PendingWork work) : IDisposable
    {
        private PendingWork? _work = work;

        public void Dispose() => Interlocked.Exchange(ref _work, null)?.Leave();
    }
}
