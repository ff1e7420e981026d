namespace ContainerShim.Sdk.Ttrpc.Tests.Support;

/// <summary>Waits for real events, but not for ever.</summary>
internal static class Bounded
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    internal static Task Soon(this Task task) => task.WaitAsync(Limit);

    internal static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(Limit);

    internal static async Task UntilAsync(Func<bool> condition, string what)
    {
        using PeriodicTimer timer = new(TimeSpan.FromMilliseconds(5));
        long begin = TimeProvider.System.GetTimestamp();
        while (!condition())
        {
            Assert.That(TimeProvider.System.GetElapsedTime(begin), Is.LessThan(Limit), what);
            await timer.WaitForNextTickAsync();
        }
    }
}
