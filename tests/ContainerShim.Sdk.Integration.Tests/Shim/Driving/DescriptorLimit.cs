using System.Globalization;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>How many more descriptors a shim may open, changed while it runs.</summary>
internal sealed class DescriptorLimit(int pid) : IScarcity
{
    /// <summary>What is always in use: the standard streams. Below it there is none to be had even when others are closed.</summary>
    private const int None = 3;

    /// <remarks>The soft limit alone: runc sets its own to the hard one.</remarks>
    public Task LeaveAsync(int free)
    {
        if (free == 0)
        {
            return SetAsync(None);
        }

        HashSet<int> used = [.. Directory.EnumerateFileSystemEntries($"/proc/{pid}/fd").Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture))];
        int limit = 0;
        for (int unused = 0; used.Contains(limit) || unused++ < free; limit++)
        {
        }

        return SetAsync(limit);
    }

    public Task EndAsync() => SetAsync(1024);

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private async Task SetAsync(int limit) =>
        (await Command.RunAsync("prlimit", ["--pid", pid.ToString(CultureInfo.InvariantCulture), $"--nofile={limit}:"])).EnsureSuccess();
}
