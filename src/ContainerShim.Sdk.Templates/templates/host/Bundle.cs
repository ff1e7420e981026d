using System.Text.Json.Nodes;

namespace HostProject;

/// <summary>A directory with the configuration of one container (the OCI runtime specification's config.json), its log and its state.</summary>
internal sealed class Bundle : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory("container-");

    private Bundle()
    {
    }

    public string Path => _directory.FullName;

    public string Log => System.IO.Path.Combine(Path, "log");

    public string StateDirectory => System.IO.Path.Combine(Path, "state");

    public static Bundle Create(string rootfs, IEnumerable<string> command)
    {
        Bundle bundle = new();
        JsonObject config = new()
        {
            ["ociVersion"] = "1.0.2",
            ["root"] = new JsonObject { ["path"] = System.IO.Path.GetFullPath(rootfs), ["readonly"] = true },
            ["process"] = new JsonObject
            {
                ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
                ["args"] = new JsonArray([.. command.Select(argument => JsonValue.Create(argument))]),
                ["env"] = new JsonArray("PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
                ["cwd"] = "/",
                ["noNewPrivileges"] = true,
            },
            ["mounts"] = new JsonArray(
                new JsonObject { ["destination"] = "/proc", ["type"] = "proc", ["source"] = "proc" },
                new JsonObject { ["destination"] = "/dev", ["type"] = "tmpfs", ["source"] = "tmpfs", ["options"] = new JsonArray("nosuid", "mode=755") }),
            ["linux"] = new JsonObject
            {
                ["namespaces"] = new JsonArray([.. new[] { "pid", "ipc", "uts", "mount", "network" }.Select(type => new JsonObject { ["type"] = type })]),
            },
        };
        File.WriteAllText(System.IO.Path.Combine(bundle.Path, "config.json"), config.ToJsonString());
        return bundle;
    }

    public void Dispose() => _directory.Delete(recursive: true);
}
