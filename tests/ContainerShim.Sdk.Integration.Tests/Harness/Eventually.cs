using System.Diagnostics;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>Bounded waits for what the kernel or containerd gives no notification of.</summary>
internal static class Eventually
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(20);

    public static readonly TimeSpan DefaultTimeout = Pace.Of(TimeSpan.FromSeconds(20));

    /// <summary>Returns the first value that satisfies the condition; fails the test with the last one when none does in time.</summary>
    public static async Task<T> BecomesAsync<T>(Func<Task<T>> read, Func<T, bool> condition, string expectation, TimeSpan? timeout = null)
    {
        (T last, bool inTime) = await PollAsync(read, condition, timeout ?? DefaultTimeout);
        if (!inTime)
        {
            Assert.Fail($"{expectation}: not reached in time; last seen: {last}");
        }

        return last;
    }

    public static Task<T> ShowsAsync<T>(Func<T> read, Func<T, bool> condition, string expectation, TimeSpan? timeout = null) =>
        BecomesAsync(() => Task.FromResult(read()), condition, expectation, timeout);

    /// <summary>Waits for a condition, and says whether it came true in time.</summary>
    public static async Task<bool> TryAsync(Func<bool> condition, TimeSpan timeout) =>
        (await PollAsync(() => Task.FromResult(condition()), static isMet => isMet, timeout)).InTime;

    private static async Task<(T Last, bool InTime)> PollAsync<T>(Func<Task<T>> read, Func<T, bool> condition, TimeSpan timeout)
    {
        long started = Stopwatch.GetTimestamp();
        using PeriodicTimer timer = new(Interval);
        while (true)
        {
            T value = await read();
            if (condition(value))
            {
                return (value, true);
            }

            if (Stopwatch.GetElapsedTime(started) > timeout)
            {
                return (value, false);
            }

            await timer.WaitForNextTickAsync();
        }
    }
}
