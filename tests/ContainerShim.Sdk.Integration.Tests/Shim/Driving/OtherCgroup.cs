using System.Diagnostics;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>A cgroup of somebody else, on a machine with cgroup v1, with a process that has nothing to do with any container.</summary>
internal sealed class OtherCgroup : IAsyncDisposable
{
    private static readonly string[] _controllers = ["pids", "memory", "freezer", "devices", "cpu", "cpuacct", "blkio", "systemd"];

    private readonly string _name = $"other-{Guid.NewGuid():N}";
    private readonly Process _bystander = Process.Start("sleep", "1000");

    public OtherCgroup()
    {
        Array.ForEach(_controllers, controller => Directory.CreateDirectory(DirectoryOf(controller)));
        Move(_bystander.Id);
    }

    public bool BystanderLives => !_bystander.HasExited;

    /// <summary>Puts a process there, as systemd may do, or a process with the right to.</summary>
    public void Move(int pid) => Array.ForEach(_controllers, controller => File.WriteAllText(DirectoryOf(controller) + "/cgroup.procs", $"{pid}"));

    public async ValueTask DisposeAsync()
    {
        _bystander.Kill();
        await _bystander.WaitForExitAsync();
        _bystander.Dispose();
        foreach (string controller in _controllers)
        {
            // A test that failed may have left its container here, whose end is the site's to see to.
            foreach (string pid in File.ReadAllLines(DirectoryOf(controller) + "/cgroup.procs"))
            {
                File.WriteAllText($"/sys/fs/cgroup/{controller}/cgroup.procs", pid);
            }

            await Eventually.ShowsAsync(() => TryDelete(DirectoryOf(controller)), deleted => deleted, "the other cgroup goes");
        }
    }

    private static bool TryDelete(string directory)
    {
        try
        {
            Directory.Delete(directory);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    private string DirectoryOf(string controller) => $"/sys/fs/cgroup/{controller}/{_name}";
}
