using ContainerShim.Sdk.Diagnostics;

namespace ContainerShim.Sdk.Containers;

/// <summary>
/// What a creation that failed has left because undoing it failed, too, as without a free process. It is tried again when there is hope:
/// when another container was made or deleted, before one with its id is made, and at the end.
/// </summary>
internal sealed class UnfinishedRemovals(EngineServices services)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, Removal> _removals = [];

    /// <summary>One attempt at a time: another would find nothing, or a container that was made in between.</summary>
    private readonly OperationGate _turn = new(services.Completions);

    private volatile bool _begun;

    private bool IsEmpty
    {
        get
        {
            lock (_lock)
            {
                return _removals.Count == 0;
            }
        }
    }

    public void Add(Container container, Func<CancellationToken, Task> removeAsync)
    {
        Removal removal = new(container.Bundle, services.Bundles.IdentityOf(container.Bundle), removeAsync);
        lock (_lock)
        {
            _removals[container.Id] = removal;
        }
    }

    /// <summary>Begins to remove what is left, unless that is being done. Nobody waits for it: a runtime that hangs there must hold up no other container.</summary>
    public void Begin()
    {
        if (!IsEmpty && !_begun)
        {
            _begun = true;
            _ = BeginAsync();
        }
    }

    /// <summary>Removes what is left, as far as that is possible now.</summary>
    public async Task FinishAsync()
    {
        if (!IsEmpty)
        {
            using OperationGate.Pass pass = await _turn.EnterAsync(CancellationToken.None).ConfigureAwait(false);
            await RemoveAllAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Before a container is made: what is left under its id would be in its way, and a later removal would hit the new one.</summary>
    /// <exception cref="ShimException">It cannot be removed; the reason.</exception>
    public async Task DemandGoneAsync(string containerId)
    {
        if (Find(containerId) is not null)
        {
            using OperationGate.Pass pass = await _turn.EnterAsync(CancellationToken.None).ConfigureAwait(false);
            if (Find(containerId) is { } removal)
            {
                await RemoveAsync(containerId, removal).ConfigureAwait(false);
            }
        }
    }

    private async Task BeginAsync()
    {
        await FinishAsync().ConfigureAwait(false);
        _begun = false;
    }

    private async Task RemoveAllAsync()
    {
        foreach ((string containerId, Removal removal) in All())
        {
            try
            {
                if (IsSomebodyElses(removal))
                {
                    Forget(containerId);
                }
                else
                {
                    await RemoveAsync(containerId, removal).ConfigureAwait(false);
                }
            }
#pragma warning disable CA1031 // the runtime may be anybody's, and nobody waits for this who could be told
            catch (Exception e)
#pragma warning restore CA1031
            {
                services.Logger.CleanUpFailed(e, containerId, "another attempt");
            }
        }
    }

    private async Task RemoveAsync(string containerId, Removal removal)
    {
        using CancellationTokenSource limit = new(services.Timeouts.CleanUp, services.Time);
        try
        {
            await removal.RemoveAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException e)
        {
            throw ShimException.DeadlineExceeded($"what a failed creation of {containerId} has left cannot be removed: the runtime does not answer", e);
        }

        Forget(containerId);
    }

    /// <summary>Another bundle in its place is that of a container that another shim may have made meanwhile under the same id.</summary>
    private bool IsSomebodyElses(Removal removal)
    {
        string identity = services.Bundles.IdentityOf(removal.Bundle);
        return identity.Length > 0 && identity != removal.Identity;
    }

    private void Forget(string containerId)
    {
        lock (_lock)
        {
            _removals.Remove(containerId);
        }
    }

    private KeyValuePair<string, Removal>[] All()
    {
        lock (_lock)
        {
            return [.. _removals];
        }
    }

    private Removal? Find(string containerId)
    {
        lock (_lock)
        {
            return _removals.GetValueOrDefault(containerId);
        }
    }

    private sealed record Removal(string Bundle, string Identity, Func<CancellationToken, Task> RemoveAsync);
}
