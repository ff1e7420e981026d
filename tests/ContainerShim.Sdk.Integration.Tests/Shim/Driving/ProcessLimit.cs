using System.Globalization;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>How many more processes and threads a shim and its runtime calls may start: a cgroup of their own, on a machine with cgroup v1.</summary>
internal sealed class ProcessLimit : IScarcity
{
    private const string Root = "/sys/fs/cgroup/pids";

    private readonly string _directory;

    /// <param name="site">Gives the name.</param>
    /// <param name="pid">The shim.</param>
    public ProcessLimit(ITestSite site, int pid)
    {
        _directory = $"{Root}/{site.Namespace}-shim";
        Directory.CreateDirectory(_directory);
        Write("cgroup.procs", pid);
    }

    public Task LeaveAsync(int free)
    {
        Write("pids.max", int.Parse(Read("pids.current"), CultureInfo.InvariantCulture) + free);
        return Task.CompletedTask;
    }

    public Task EndAsync() => LeaveAsync(1000);

    public async ValueTask DisposeAsync()
    {
        foreach (string pid in Read("cgroup.procs").Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            await File.WriteAllTextAsync($"{Root}/cgroup.procs", pid);
        }

        await Eventually.ShowsAsync(() => Read("cgroup.procs"), processes => processes.Length == 0, "the cgroup is empty");
        Directory.Delete(_directory);
    }

    private string Read(string file) => File.ReadAllText(Path.Combine(_directory, file));

    private void Write(string file, int value) => File.WriteAllText(Path.Combine(_directory, file), value.ToString(CultureInfo.InvariantCulture));
}
