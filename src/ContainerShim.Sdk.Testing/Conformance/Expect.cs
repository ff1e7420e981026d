namespace ContainerShim.Sdk.Testing.Conformance;

/// <summary>Demands of checks, with messages that say what was done and what came.</summary>
internal static class Expect
{
    public static void That(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new ConformanceException(otherwise);
        }
    }

    public static void Equal<T>(T expected, T actual, string what) =>
        That(EqualityComparer<T>.Default.Equals(expected, actual), $"{what}: expected {expected}, got {actual}");

    /// <summary>The call must fail with a <see cref="ShimException"/>, of one of the codes if there are any.</summary>
    public static async Task<ShimException> RefusalAsync(Func<Task> call, string what, params ShimErrorCode[] codes)
    {
        string wanted = codes.Length == 0 ? "a ShimException" : $"a ShimException with the code {string.Join(" or ", codes)}";
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (ShimException e) when (codes.Length == 0 || codes.Contains(e.Code))
        {
            return e;
        }
        catch (ShimException e)
        {
            throw new ConformanceException($"{what} failed with the code {e.Code} ({e.Message}); expected {wanted}", e);
        }
        catch (Exception e) when (e is not (ConformanceException or NotApplicableException))
        {
            throw new ConformanceException($"{what} threw {e.GetType().Name} ({e.Message}); expected {wanted}", e);
        }

        throw new ConformanceException($"{what} succeeded; expected {wanted}");
    }

    /// <summary>The call must not be refused.</summary>
    public static async Task<T> SuccessAsync<T>(Func<Task<T>> call, string what)
    {
        try
        {
            return await call().ConfigureAwait(false);
        }
        catch (ShimException e)
        {
            throw new ConformanceException($"{what} failed with the code {e.Code} ({e.Message}); expected success", e);
        }
    }

    /// <inheritdoc cref="SuccessAsync{T}(Func{Task{T}}, string)"/>
    public static Task SuccessAsync(Func<Task> call, string what) => SuccessAsync(
        async () =>
        {
            await call().ConfigureAwait(false);
            return true;
        },
        what);

    /// <summary>The call was given a token that had fired.</summary>
    public static async Task CancelledAsync(Func<Task> call, string what)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return;
        }

        throw new ConformanceException($"{what} with a token that had fired succeeded; expected an OperationCanceledException");
    }

    /// <summary>The call succeeds, or says that it is not implemented; then the check ends, and has not been tried.</summary>
    public static async Task ImplementedAsync(Func<Task> call, string what)
    {
        try
        {
            await call().ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.Unimplemented)
        {
            throw new NotApplicableException(what + " is not implemented");
        }
    }

    public static async Task<T> EndsAsync<T>(Task<T> task, ConformanceSubject subject, string what)
    {
        await EndsAsync((Task)task, subject, what).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    public static async Task EndsAsync(Task task, ConformanceSubject subject, string what)
    {
        try
        {
            await task.WaitAsync(subject.Patience, TimeProvider.System).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw new ConformanceException($"{what} did not happen within {subject.Patience.TotalSeconds} s", e);
        }
    }

    /// <summary>Watches for a short while for something that must not happen.</summary>
    public static async Task StaysAsync(Task task, ConformanceSubject subject, string otherwise)
    {
        await Task.WhenAny(task, Task.Delay(subject.Grace, TimeProvider.System)).ConfigureAwait(false);
        That(!task.IsCompleted, otherwise);
    }

    /// <summary>Asks again and again until the answer is right.</summary>
    public static async Task BecomesAsync<T>(Func<Task<T>> ask, Func<T, bool> condition, ConformanceSubject subject, string what)
    {
        long started = TimeProvider.System.GetTimestamp();
        T answer;
        while (!condition(answer = await ask().ConfigureAwait(false)))
        {
            That(TimeProvider.System.GetElapsedTime(started) < subject.Patience, $"{what} did not happen within {subject.Patience.TotalSeconds} s; the last answer was {answer}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System).ConfigureAwait(false);
        }
    }
}
