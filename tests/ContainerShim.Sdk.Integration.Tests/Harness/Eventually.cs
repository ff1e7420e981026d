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
        long started = Stopwatch.GetTimestamp();
        using PeriodicTimer timer = new(Interval);
        while (true)
        {
            T value = await read();
            if (condition(value))
            {
                return value;
            }

            if (Stopwatch.GetElapsedTime(started) > (timeout ?? DefaultTimeout))
            {
                Assert.Fail($"{expectation}: not reached in time; last seen: {value}");
            }

            await timer.WaitForNextTickAsync();
        }
    }

    public static Task<T> ShowsAsync<T>(Func<T> read, Func<T, bool> condition, string expectation, TimeSpan? timeout = null) =>
        BecomesAsync(() => Task.FromResult(read()), condition, expectation, timeout);

    /// <summary>Waits for a condition, and says whether it came true in time.</summary>
    public static async Task<bool> TryAsync(Func<bool> condition, TimeSpan timeout)
    {
        long started = Stopwatch.GetTimestamp();
        using PeriodicTimer timer = new(Interval);
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(started) > timeout)
            {
                return false;
            }

            await timer.WaitForNextTickAsync();
        }

        return true;
    }
}
