using System.Text.Json.Nodes;
using ContainerShim.Sdk;

namespace EmbeddedHost;

/// <summary>A bundle for one run: a configuration for a plain container, and FIFOs for its output.</summary>
internal sealed class TemporaryBundle : IDisposable
{
    private TemporaryBundle(string path) => Path = path;

    public string Path { get; }

    public StdioPaths Stdio => new() { Stdout = System.IO.Path.Combine(Path, "stdout"), Stderr = System.IO.Path.Combine(Path, "stderr") };

    public static TemporaryBundle Create(RunCommand command)
    {
        TemporaryBundle bundle = new(Directory.CreateTempSubdirectory("embedded-host-").FullName);
        File.WriteAllText(System.IO.Path.Combine(bundle.Path, "config.json"), Configuration(command).ToJsonString());
        foreach (string fifo in new[] { bundle.Stdio.Stdout, bundle.Stdio.Stderr })
        {
            Fifo.Make(fifo);
        }

        return bundle;
    }

    public void Dispose() => Directory.Delete(Path, recursive: true);

    private static JsonObject Configuration(RunCommand command) => new()
    {
        ["ociVersion"] = "1.0.2",
        ["hostname"] = command.Id,
        ["root"] = new JsonObject { ["path"] = command.Rootfs, ["readonly"] = true },
        ["process"] = new JsonObject
        {
            ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
            ["args"] = new JsonArray([.. command.Arguments.Select(argument => JsonValue.Create(argument))]),
            ["env"] = new JsonArray("PATH=/bin", "TERM=xterm"),
            ["cwd"] = "/",
            ["noNewPrivileges"] = true,
        },
        ["mounts"] = new JsonArray(
            Mount("/proc", "proc", "proc"),
            Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
            Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"),
            Mount("/tmp", "tmpfs", "tmpfs", "nosuid", "nodev")),
        ["linux"] = new JsonObject
        {
            ["cgroupsPath"] = $"/embedded-host/{command.Id}",
            ["namespaces"] = new JsonArray([.. new[] { "pid", "ipc", "uts", "mount", "network" }.Select(type => new JsonObject { ["type"] = type })]),
            ["resources"] = command.MemoryLimit is { } bytes
                ? new JsonObject { ["memory"] = new JsonObject { ["limit"] = bytes } }
                : new JsonObject(),
            ["maskedPaths"] = new JsonArray("/proc/kcore", "/proc/keys", "/proc/timer_list"),
            ["readonlyPaths"] = new JsonArray("/proc/bus", "/proc/fs", "/proc/irq", "/proc/sys", "/proc/sysrq-trigger"),
        },
    };

    private static JsonObject Mount(string destination, string type, string source, params string[] options) => new()
    {
        ["destination"] = destination,
        ["type"] = type,
        ["source"] = source,
        ["options"] = new JsonArray([.. options.Select(option => JsonValue.Create(option))]),
    };
}
