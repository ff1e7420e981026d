using System.Diagnostics;
using System.Globalization;

namespace ContainerShim.Sdk.TestHost;

/// <summary>The host's own children, on four threads, by the class that fails fast when somebody else collects them.</summary>
internal static class ProcessStorm
{
    private const int Threads = 4;
    private const int Each = 250;

    /// <summary>Returns how many had another status than their own.</summary>
    public static async Task<int> RunAsync()
    {
        int wrong = 0;
        await Task.WhenAll(Enumerable.Range(0, Threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < Each; i++)
                {
                    int code = (thread * 61 + i) % 256;
                    using Process process = code == 0
                        ? Process.Start("/bin/true")
                        : Process.Start("/bin/sh", ["-c", string.Create(CultureInfo.InvariantCulture, $"exit {code}")]);
                    process.WaitForExit();
                    Interlocked.Add(ref wrong, process.ExitCode == code ? 0 : 1);
                }
            },
            TaskCreationOptions.LongRunning)));
        return wrong;
    }
}
