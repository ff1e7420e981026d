namespace ContainerShim.Sdk.Containers;

/// <summary>Lets operations through one at a time, in the order in which they came. Waiting holds no thread and no lock.</summary>
internal sealed class OperationGate(TaskCreationOptions completions)
{
    private readonly Lock _lock = new();
    private readonly LinkedList<TaskCompletionSource> _waiting = [];
    private bool _taken;

    /// <summary>Enters; dispose the result to leave. A token that fires while waiting gives up the place in the queue.</summary>
    public async ValueTask<Pass> EnterAsync(CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        LinkedListNode<TaskCompletionSource> place;
        lock (_lock)
        {
            if (!_taken)
            {
                _taken = true;
                return new Pass(this);
            }

            place = _waiting.AddLast(new TaskCompletionSource(completions));
        }

        using (cancellationToken.UnsafeRegister(_ => GiveUp(place, cancellationToken), null))
        {
            await place.Value.Task.ConfigureAwait(false);
        }

        return new Pass(this);
    }

    private void GiveUp(LinkedListNode<TaskCompletionSource> place, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            if (place.List is null)
            {
                return;
            }

            _waiting.Remove(place);
        }

        place.Value.TrySetCanceled(cancellationToken);
    }

    private void Leave()
    {
        TaskCompletionSource next;
        lock (_lock)
        {
            if (_waiting.First is not { } first)
            {
                _taken = false;
                return;
            }

            _waiting.RemoveFirst();
            next = first.Value;
        }

        next.SetResult();
    }

    /// <summary>The right to be inside.</summary>
    internal readonly struct Pass(OperationGate gate) : IDisposable
    {
        public void Dispose() => gate.Leave();
    }
}
