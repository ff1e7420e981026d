using System.Collections.Concurrent;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>What becomes of the next calls of each operation, and which calls there were.</summary>
internal sealed class CallPlans
{
    private readonly ConcurrentDictionary<RuntimeOperation, ConcurrentQueue<Plan>> _plans = new();
    private readonly ConcurrentQueue<HeldCall> _held = new();
    private readonly ConcurrentQueue<RecordedCall> _calls = new();

    public IReadOnlyList<RecordedCall> Calls => [.. _calls];

    public void Add(RuntimeOperation operation, Func<CancellationToken, Task>? before, Func<CancellationToken, Task>? after = null) =>
        _plans.GetOrAdd(operation, static _ => new ConcurrentQueue<Plan>()).Enqueue(new Plan(before, after));

    public HeldCall Hold(RuntimeOperation operation, bool done)
    {
        HeldCall call = new();
        _held.Enqueue(call);
        Add(operation, done ? null : call.PassAsync, done ? call.PassAsync : null);
        return call;
    }

    public void ReleaseAll()
    {
        while (_held.TryDequeue(out HeldCall? call))
        {
            call.Release();
        }
    }

    public async Task<T> MakeAsync<T>(RecordedCall call, Func<T> work, CancellationToken cancellationToken)
    {
        _calls.Enqueue(call);
        Plan plan = _plans.TryGetValue(call.Operation, out ConcurrentQueue<Plan>? plans) && plans.TryDequeue(out Plan? next) ? next : new Plan(null, null);
        cancellationToken.ThrowIfCancellationRequested();
        if (plan.Before is { } before)
        {
            await before(cancellationToken).ConfigureAwait(false);
        }

        T result = work();
        if (plan.After is { } after)
        {
            await after(cancellationToken).ConfigureAwait(false);
        }

        return result;
    }

    private sealed record Plan(Func<CancellationToken, Task>? Before, Func<CancellationToken, Task>? After);
}
