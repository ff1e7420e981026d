using System.Diagnostics;
using System.Globalization;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>A bystander that has got the pid of a process that has ended. Needs root.</summary>
internal sealed class ReusedPid : IDisposable
{
    /// <summary>Others start processes, too.</summary>
    private const int MostAttempts = 500;

    private readonly Process _process;

    private ReusedPid(Process process) => _process = process;

    public bool IsAlive => !_process.HasExited;

    /// <summary>Waits until a pid is free, and starts a program that gets it.</summary>
    public static async Task<ReusedPid> TakeAsync(int pid)
    {
        await Eventually.ShowsAsync(() => Directory.Exists($"/proc/{pid}"), isThere => !isThere, $"pid {pid} is free");
        for (int attempt = 0; attempt < MostAttempts; attempt++)
        {
            await File.WriteAllTextAsync("/proc/sys/kernel/ns_last_pid", (pid - 1).ToString(CultureInfo.InvariantCulture));
            Process process = Process.Start("sleep", "1000");
            if (process.Id == pid)
            {
                return new ReusedPid(process);
            }

            End(process);
        }

        throw new InvalidOperationException($"pid {pid} could not be had");
    }

    public void Dispose() => End(_process);

    private static void End(Process process)
    {
        process.Kill();
        process.WaitForExit();
        process.Dispose();
    }
}
