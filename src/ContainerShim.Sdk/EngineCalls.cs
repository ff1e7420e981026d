using System.Runtime.CompilerServices;

namespace ContainerShim.Sdk;

/// <summary>The calls of an engine's users: its end cancels them, waits for them, and lets none begin any more. Safe for use from several threads.</summary>
/// <param name="engine">The engine, for the exceptions.</param>
internal sealed class EngineCalls(object engine) : IDisposable
{
    private readonly PendingWork _work = new(engine);
    private readonly CancellationTokenSource _ending = new();
    private readonly CancellationTokenSource _ended = new();

    internal bool HasEnded => _ended.IsCancellationRequested;

    /// <summary>Begins something that the end does not cancel, but waits for.</summary>
    /// <exception cref="ObjectDisposedException">The engine ends.</exception>
    internal IDisposable Enter() => _work.Enter();

    /// <summary>Makes a call.</summary>
    /// <exception cref="ObjectDisposedException">The engine ends, or has begun to before the call was over.</exception>
    internal async Task<T> RunAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        Task<T> counted = CountAsync(call, cancellationToken);
        try
        {
            // One that does not heed its token is not waited for beyond the end.
            await WaitAsync(counted, CancellationToken.None).ConfigureAwait(false);
            if (counted.IsCompleted)
            {
                return await counted.ConfigureAwait(false);
            }

            IgnoreFailure(counted);
        }
        catch (OperationCanceledException e) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(e.Message, e, cancellationToken);
        }
        catch (OperationCanceledException) when (_ending.IsCancellationRequested)
        {
            await LeaveThreadAsync();
        }

        throw Disposed();
    }

    /// <inheritdoc cref="RunAsync{T}"/>
    internal Task RunAsync(Func<CancellationToken, Task> call, CancellationToken cancellationToken) => RunAsync(
        async token =>
        {
            await call(token).ConfigureAwait(false);
            return true;
        },
        cancellationToken);

    /// <summary>Waits for something that lasts as long as a process does. Returns when it is done, or the engine has ended; never fails of what is awaited.</summary>
    internal async Task WaitAsync(Task awaited, CancellationToken cancellationToken)
    {
        if (awaited.IsCompleted || HasEnded)
        {
            return;
        }

        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ended.Token);
        await awaited.WaitAsync(either.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!awaited.IsCompleted)
        {
            await LeaveThreadAsync();
            cancellationToken.ThrowIfCancellationRequested();
        }
    }

    /// <exception cref="ObjectDisposedException">The engine has ended.</exception>
    internal void ThrowIfEnded() => ObjectDisposedException.ThrowIf(HasEnded, engine);

    /// <summary>Begins the end, and waits for the calls under way.</summary>
    internal async Task EndAsync()
    {
        Task over = _work.CloseAsync();
        await _ending.CancelAsync().ConfigureAwait(false);
        await over.ConfigureAwait(false);
    }

    /// <summary>Ends: nothing is learnt about any process after that.</summary>
    internal Task CompleteAsync() => _ended.CancelAsync();

    public void Dispose()
    {
        _ending.Dispose();
        _ended.Dispose();
    }

    private static void IgnoreFailure(Task task) => task.ContinueWith(
        static done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    /// <summary>What a caller does next is not to hold up the end, on whose thread a cancelled wait goes on.</summary>
    private static ConfiguredTaskAwaitable LeaveThreadAsync() => Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);

    private ObjectDisposedException Disposed() => new(engine.GetType().FullName);

    private async Task<T> CountAsync<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancellationToken)
    {
        using IDisposable work = _work.Enter();
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending.Token);
        return await call(either.Token).ConfigureAwait(false);
    }
}
