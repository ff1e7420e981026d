namespace ContainerShim.Sdk.Containers;

/// <summary>Holds back the report of init's exit while an operation is under way that is to be reported first. Dispose when it is.</summary>
/// <param name="completions">How waiters run on.</param>
/// <param name="limit">Ends the operation when it takes too long; null where it must not be ended.</param>
internal sealed class ExitHold(TaskCreationOptions completions, CancellationTokenSource? limit) : IDisposable
{
    private readonly TaskCompletionSource _ended = new(completions);

    public async Task<bool> EndsWithinAsync(TimeSpan grace, TimeProvider time)
    {
        try
        {
            await _ended.Task.WaitAsync(grace, time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    public void CutShort()
    {
        try
        {
            limit?.Cancel();
        }
        catch (ObjectDisposedException)
        {
            // The operation has just ended.
        }
    }

    public void Dispose() => _ended.TrySetResult();
}
