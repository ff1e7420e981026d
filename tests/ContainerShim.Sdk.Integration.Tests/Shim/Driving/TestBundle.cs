using System.Text.Json.Nodes;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Protocol.Types;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>A bundle as containerd lays it out for a shim.</summary>
internal sealed class TestBundle : IDisposable
{
    private readonly SafeFileHandle _log;

    private TestBundle(string path, string id, BundleOptions options, SafeFileHandle log)
    {
        Path = path;
        Id = id;
        Options = options;
        _log = log;
    }

    public string Path { get; }

    public string Id { get; }

    public BundleOptions Options { get; }

    /// <summary>What identifies the container's shim.</summary>
    public string Group => Options.Group ?? Id;

    /// <summary>The root file system is mounted by the shim, so that its unmounting can be seen.</summary>
    public Mount Rootfs { get; } = new() { Type = "bind", Source = TestPaths.Rootfs, Options = { "rbind", "ro" } };

    public static TestBundle Create(ITestSite site, string id, BundleOptions options)
    {
        string path = System.IO.Path.Combine(site.StateDirectory, "io.containerd.runtime.v2.task", site.Namespace, id);
        string work = System.IO.Path.Combine(site.Directory, "root", id);
        MakePrivate(path);
        MakePrivate(work);
        MakePrivate(System.IO.Path.Combine(path, "rootfs"));
        File.CreateSymbolicLink(System.IO.Path.Combine(path, "work"), work);
        File.WriteAllText(System.IO.Path.Combine(path, "config.json"), Configuration(site, id, options).ToJsonString());
        string log = System.IO.Path.Combine(path, "log");
        Native.MakeFifo(log);
        return new TestBundle(path, id, options, Native.OpenBothWays(log));
    }

    public string PathOf(string name) => System.IO.Path.Combine(Path, name);

    /// <summary>What the shim has logged and the pipe still holds; it can be read once.</summary>
    public string ReadLog()
    {
        byte[] buffer = new byte[64 * 1024];
        return System.Text.Encoding.UTF8.GetString(buffer, 0, Native.ReadAvailable(_log, buffer));
    }

    public void Dispose() => _log.Dispose();

    private static void MakePrivate(string path) =>
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

    private static JsonObject Configuration(ITestSite site, string id, BundleOptions options)
    {
        string[] namespaces = options.HasPidNamespace ? ["pid", "ipc", "uts", "mount", "network"] : ["ipc", "uts", "mount", "network"];
        JsonObject resources = [];
        if (options.MemoryLimit is { } bytes)
        {
            resources["memory"] = new JsonObject { ["limit"] = bytes, ["swap"] = bytes };
        }

        if (options.PidsLimit is { } pids)
        {
            resources["pids"] = new JsonObject { ["limit"] = pids };
        }

        JsonObject process = ProcessSpec(options.Args, options.Terminal);
        if (options.OomScoreAdjustment is { } adjustment)
        {
            process["oomScoreAdj"] = adjustment;
        }

        return new JsonObject
        {
            ["ociVersion"] = "1.0.2",
            ["root"] = new JsonObject { ["path"] = "rootfs", ["readonly"] = true },
            ["process"] = process,
            ["annotations"] = Annotations(options),
            ["mounts"] = new JsonArray(
            [
                Mount("/proc", "proc", "proc"),
                Mount("/dev", "tmpfs", "tmpfs", "nosuid", "strictatime", "mode=755", "size=65536k"),
                Mount("/dev/pts", "devpts", "devpts", "nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"),
                Mount("/tmp", "tmpfs", "tmpfs", "nosuid", "nodev"),
                .. options.Files.Select(file => Mount($"/tmp/{file.Key}", "bind", file.Value, "bind", "ro")),
            ]),
            ["linux"] = new JsonObject
            {
                ["cgroupsPath"] = $"/{site.Namespace}/{id}",
                ["namespaces"] = Strings(namespaces, type => Namespace(type, type == "pid" ? options.PidNamespacePath : null)),
                ["resources"] = resources,
            },
        };
    }

    private static JsonObject Annotations(BundleOptions options)
    {
        JsonObject annotations = [];
        foreach ((string name, string value) in options.Annotations)
        {
            annotations[name] = value;
        }

        if (options.Group is not null)
        {
            annotations["io.containerd.runc.v2.group"] = options.Group;
        }

        return annotations;
    }

    /// <summary>A process of an OCI specification, as Exec wants it too.</summary>
    public static JsonObject ProcessSpec(IReadOnlyList<string> args, bool terminal) => new()
    {
        ["terminal"] = terminal,
        ["user"] = new JsonObject { ["uid"] = 0, ["gid"] = 0 },
        ["args"] = Strings(args, text => JsonValue.Create(text)),
        ["env"] = new JsonArray("PATH=/bin", "TERM=xterm"),
        ["cwd"] = "/",
    };

    private static JsonObject Namespace(string type, string? path) =>
        path is null ? new JsonObject { ["type"] = type } : new JsonObject { ["type"] = type, ["path"] = path };

    private static JsonObject Mount(string destination, string type, string source, params string[] options) => new()
    {
        ["destination"] = destination,
        ["type"] = type,
        ["source"] = source,
        ["options"] = Strings(options, text => JsonValue.Create(text)),
    };

    private static JsonArray Strings(IEnumerable<string> items, Func<string, JsonNode?> convert) => new([.. items.Select(convert)]);
}
