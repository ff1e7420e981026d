using System.Text.Json.Nodes;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Hosting;

/// <summary>What an engine in a host has of the machine: a namespace, a state directory and bundles, of which nothing is left afterwards.</summary>
internal sealed class HostSite : ITestSite, IAsyncDisposable
{
    private HostSite(string unique)
    {
        Directory = $"/tmp/csh-{unique}";
        Namespace = $"csh-{unique}";
        System.IO.Directory.CreateDirectory(Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    public string Directory { get; }

    public string Namespace { get; }

    /// <summary>There is no containerd; the name is part of nothing.</summary>
    public string Address => Path.Combine(Directory, "c.sock");

    public string StateDirectory => Path.Combine(Directory, "state");

    public IEnumerable<string> Groups => [];

    /// <summary>What the runtime still knows.</summary>
    public IReadOnlyList<string> RuntimeStates
    {
        get
        {
            string root = Path.Combine(StateDirectory, "runtime");
            return System.IO.Directory.Exists(root) ? [.. System.IO.Directory.EnumerateFiles(root, "state.json", SearchOption.AllDirectories)] : [];
        }
    }

    public static HostSite Create() => new(Convert.ToHexStringLower(Guid.NewGuid().ToByteArray().AsSpan(0, 5)));

    /// <summary>A bundle whose root file system is the test's busybox.</summary>
    public string MakeBundle(string id, string script)
    {
        string path = System.IO.Directory.CreateDirectory(Path.Combine(Directory, "bundles", id)).FullName;
        File.WriteAllText(Path.Combine(path, "config.json"), new JsonObject
        {
            ["ociVersion"] = "1.0.2",
            ["root"] = new JsonObject { ["path"] = TestPaths.Rootfs, ["readonly"] = true },
            ["process"] = new JsonObject
            {
                ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
                ["args"] = new JsonArray("/bin/sh", "-c", script),
                ["env"] = new JsonArray("PATH=/bin"),
                ["cwd"] = "/",
            },
            ["mounts"] = new JsonArray(new JsonObject { ["destination"] = "/proc", ["type"] = "proc", ["source"] = "proc" }),
            ["linux"] = new JsonObject
            {
                ["cgroupsPath"] = $"/{Namespace}/{id}",
                ["namespaces"] = new JsonArray(
                    new JsonObject { ["type"] = "pid" },
                    new JsonObject { ["type"] = "mount" },
                    new JsonObject { ["type"] = "ipc" },
                    new JsonObject { ["type"] = "uts" },
                    new JsonObject { ["type"] = "network" }),
            },
        }.ToJsonString());
        return path;
    }

    public async ValueTask DisposeAsync() => await Leftovers.RemoveAsync(this);
}
