using System.Text.Json.Nodes;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>A state directory and bundles for the engines of one test, and the removal of all that is left.</summary>
internal sealed class HostSite : IAsyncDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("host-").FullName;

    public HostSite()
    {
        File.SetUnixFileMode(_root, (UnixFileMode)0b111_001_001);
        Namespace = Path.GetFileName(_root);
    }

    public string Namespace { get; }

    public string StateDirectory => Path.Combine(_root, "state");

    public string ReaperSocket => Path.Combine(StateDirectory, "reaper.sock");

    public string PathOf(string name) => Path.Combine(_root, name);

    /// <summary>A file of the memory cgroup of a container, on v1.</summary>
    public string CgroupFile(string id, string name) => $"/sys/fs/cgroup/memory/{Namespace}/{id}/{name}";

    /// <summary>Makes a bundle whose process is a shell with a script.</summary>
    public string NewBundle(string id, string script, bool terminal = false, string parent = "bundles", bool hasPidNamespace = true, long? memory = null)
    {
        string path = Path.Combine(_root, parent, id);
        Directory.CreateDirectory(path);
        string[] namespaces = hasPidNamespace ? ["pid", "ipc", "uts", "mount"] : ["ipc", "uts", "mount"];
        JsonObject configuration = new()
        {
            ["ociVersion"] = "1.0.2",
            ["root"] = new JsonObject { ["path"] = TestPaths.Rootfs, ["readonly"] = true },
            ["process"] = TestBundle.ProcessSpec(["sh", "-c", script], terminal),
            ["mounts"] = new JsonArray(
                Mount("/proc", "proc"), Mount("/dev", "tmpfs"), Mount("/dev/pts", "devpts"), Mount("/tmp", "tmpfs")),
            ["linux"] = new JsonObject
            {
                ["cgroupsPath"] = $"/{Namespace}/{id}",
                ["namespaces"] = new JsonArray([.. namespaces.Select(static type => new JsonObject { ["type"] = type })]),
            },
        };
        if (memory is not null)
        {
            configuration["linux"]!["resources"] = new JsonObject { ["memory"] = new JsonObject { ["limit"] = memory } };
        }

        File.WriteAllText(Path.Combine(path, "config.json"), configuration.ToJsonString());
        return path;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string cgroup in Census.CgroupsOf(Namespace))
        {
            string freezer = Path.Combine(cgroup, "freezer.state");
            if (File.Exists(freezer))
            {
                File.WriteAllText(freezer, "THAWED");
            }
        }

        await Eventually.BecomesAsync(KillAllAsync, static count => count == 0, "the processes of the containers end");
        await Eventually.ShowsAsync(() => !File.Exists(ReaperSocket) || ReaperPid() is null, static gone => gone, "the reaper ends by itself");
        foreach (string cgroup in Census.CgroupsOf(Namespace).Concat(Census.CgroupParents(Namespace)))
        {
            await Eventually.ShowsAsync(() => TryDelete(cgroup), static gone => gone, $"{cgroup} goes");
        }

        Directory.Delete(_root, recursive: true);
    }

    /// <summary>The reaper of the state directory; null when there is none.</summary>
    public int? ReaperPid() => Directory.EnumerateDirectories("/proc").Select(static path => (Path: path, Name: Path.GetFileName(path)))
        .Where(entry => int.TryParse(entry.Name, out _) && CommandLine(entry.Path) == $"containershim-reaper\0{ReaperSocket}\0")
        .Select(static entry => (int?)int.Parse(entry.Name)).FirstOrDefault();

    private static JsonObject Mount(string destination, string type) =>
        new() { ["destination"] = destination, ["type"] = type, ["source"] = type };

    private static string CommandLine(string directory)
    {
        try
        {
            return File.ReadAllText(Path.Combine(directory, "cmdline"));
        }
        catch (IOException)
        {
            return "";
        }
    }

    private static bool TryDelete(string cgroup)
    {
        try
        {
            Directory.Delete(cgroup);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    /// <summary>Kills container processes and, as nobody will collect them any more, the reaper that keeps them.</summary>
    private async Task<int> KillAllAsync()
    {
        int[] pids = [.. ProcFs.ProcessesOf(Namespace).Select(static process => process.Pid), .. ReaperPid() is { } reaper ? [reaper] : Array.Empty<int>()];
        if (pids.Length > 0)
        {
            await Command.RunAsync("kill", ["-s", "KILL", .. pids.Select(static pid => pid.ToString())]);
        }

        return pids.Length;
    }
}
