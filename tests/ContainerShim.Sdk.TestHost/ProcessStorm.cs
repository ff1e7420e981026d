using System.Diagnostics;
using System.Globalization;

namespace ContainerShim.Sdk.TestHost;

/// <summary>The host's own children, on four threads, by the class that fails fast when somebody else collects them.</summary>
internal static class ProcessStorm
{
    private const int Threads = 4;

    /// <summary>Goes on as long as what it runs beside, and returns how many there were and how many had another status than their own.</summary>
    public static async Task<StormResult> RunAsync(Task beside)
    {
        StormResult[] results = await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () => Run(thread, beside), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));
        return new StormResult(results.Sum(static result => result.Count), results.Sum(static result => result.Wrong));
    }

    /// <summary>Every other child lives for a while: so there are some at any time, and the machine is not theirs alone.</summary>
    private static StormResult Run(int thread, Task beside)
    {
        int count = 0, wrong = 0;
        for (; !beside.IsCompleted; count++)
        {
            int code = count % 2 == 0 ? 0 : (thread * 61 + count) % 256;
            using Process process = count % 2 == 0
                ? Process.Start("/bin/true")
                : Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"sleep 0.05; exit {code}")]);
            process.WaitForExit();
            wrong += process.ExitCode == code ? 0 : 1;
        }

        return new StormResult(count, wrong);
    }
}
