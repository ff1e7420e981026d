namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>
/// Decides about every call that the engine makes outwards, by its name such as <c>runtime.start</c>, and records it as
/// <c>runtime.start c1</c>. Without instructions a call succeeds at once. Everything runs on the caller's thread.
/// </summary>
internal sealed class CallScript
{
    private readonly Dictionary<string, Queue<CallPlan>> _next = [];
    private readonly List<HeldCall> _held = [];

    /// <summary>Decides where no <see cref="Next"/> is left.</summary>
    public Func<string, CallPlan> Otherwise { get; set; } = _ => CallPlan.Succeed;

    public List<string> Made { get; } = [];

    public IReadOnlyList<HeldCall> Held => _held;

    public void Next(string operation, CallPlan plan)
    {
        if (!_next.TryGetValue(operation, out Queue<CallPlan>? plans))
        {
            plans = _next[operation] = [];
        }

        plans.Enqueue(plan);
    }

    /// <summary>The oldest held call of a name.</summary>
    public HeldCall HeldOf(string operation) => _held.First(call => call.Name.Split(' ')[0] == operation);

    public bool WasMade(string call) => Made.Contains(call);

    /// <summary>A call that cannot wait: it succeeds or fails.</summary>
    public void MakeNow(string operation, string target)
    {
        Made.Add($"{operation} {target}");
        if (Plan(operation) is { Fate: CallFate.Fail, Error: { } error })
        {
            throw error;
        }
    }

    public Task MakeAsync(string operation, string target, Action work, CancellationToken cancellationToken) =>
        MakeAsync(
            operation,
            target,
            () =>
            {
                work();
                return true;
            },
            cancellationToken);

    public Task<T> MakeAsync<T>(string operation, string target, Func<T> work, CancellationToken cancellationToken)
    {
        Made.Add($"{operation} {target}");
        CallPlan plan = Plan(operation);
        if (cancellationToken.IsCancellationRequested)
        {
            return Task.FromCanceled<T>(cancellationToken);
        }

        return plan.Fate switch
        {
            CallFate.Succeed => Do(work),
            CallFate.Fail => Task.FromException<T>(plan.Error!),
            _ => Wait($"{operation} {target}", plan.Fate, work, cancellationToken),
        };
    }

    private static Task<T> Do<T>(Func<T> work)
    {
        try
        {
            return Task.FromResult(work());
        }
        catch (ShimException e)
        {
            return Task.FromException<T>(e);
        }
    }

    private CallPlan Plan(string operation) =>
        _next.TryGetValue(operation, out Queue<CallPlan>? plans) && plans.TryDequeue(out CallPlan? plan) ? plan : Otherwise(operation);

    private Task<T> Wait<T>(string name, CallFate fate, Func<T> work, CancellationToken cancellationToken)
    {
        TaskCompletionSource<T> answer = new();
        HeldCall? call = null;
        if (fate == CallFate.HoldDone)
        {
            Task<T> early = Do(work);
            work = () => early.GetAwaiter().GetResult();
        }

        CancellationTokenRegistration registration = default;
        call = new HeldCall(
            name,
            () => End(() =>
            {
                Task<T> done = Do(work);
                _ = done.IsFaulted ? answer.TrySetException(done.Exception!.InnerExceptions) : answer.TrySetResult(done.Result);
            }),
            () => End(() => answer.TrySetResult(default!)),
            error => End(() => answer.TrySetException(error)));
        _held.Add(call);
        if (fate != CallFate.HoldDeaf)
        {
            registration = cancellationToken.UnsafeRegister(
                _ => End(() =>
                {
                    if (fate == CallFate.HoldTooLate)
                    {
                        Do(work);
                    }

                    answer.TrySetCanceled(cancellationToken);
                }),
                null);
        }

        return answer.Task;

        void End(Action how)
        {
            if (_held.Remove(call!))
            {
                registration.Unregister();
                how();
            }
        }
    }
}
