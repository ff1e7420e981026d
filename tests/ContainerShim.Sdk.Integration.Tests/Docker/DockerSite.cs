using System.Collections.Concurrent;
using System.Diagnostics;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Docker;

/// <summary>A private dockerd on a private containerd, with one image, of which nothing is left after it is disposed.</summary>
internal sealed class DockerSite : ITestSite, IAsyncDisposable
{
    private const string Image = "busybox:1";

    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly ConcurrentDictionary<string, bool> _ids = new();
    private readonly DockerVersion _version;
    private readonly ContainerdInstance _containerd;
    private readonly ShimAlias? _alias;
    private Process? _daemon;
    private int _count;

    private DockerSite(DockerVersion version, ContainerdInstance containerd, ShimAlias? alias)
    {
        _version = version;
        _containerd = containerd;
        _alias = alias;
    }

    public string Directory => _containerd.Directory;

    public string Namespace => _containerd.Namespace;

    public string Address => _containerd.Address;

    public string StateDirectory => _containerd.StateDirectory;

    /// <summary>Up to 20.10 dockerd chooses it, later the shim does.</summary>
    public string RuntimeRoot => Path.Combine(_version.TakesAnyShim ? Census.RuntimeRoot : Path.Combine(ExecRoot, "runtime-runc"), Namespace);

    public IEnumerable<string> Groups => _ids.Keys;

    /// <summary>
    /// Whether <c>docker checkpoint create</c> ends the container as it says. dockerd 28 tells only containerd's own shim to, and any
    /// other nothing at all, which means to leave it running.
    /// </summary>
    public bool EndsAtCheckpoints => !_version.TakesAnyShim;

    private string DataRoot => Path.Combine(Directory, "docker");

    private string ExecRoot => Path.Combine(Directory, "docker-run");

    private string Socket => $"unix://{Directory}/d.sock";

    private string LogFile => Path.Combine(Directory, "dockerd.log");

    private string SearchPath =>
        $"{_version.Directory}/bin:{_version.Directory}/sbin:{Environment.GetEnvironmentVariable("PATH")}";

    public static async Task<DockerSite> StartAsync(DockerVersion version)
    {
        ContainerdVersion daemon = version.TakesAnyShim
            ? ContainerdVersions.All.Last(containerd => containerd.Version.Major == 2)
            : ContainerdVersions.All.First(containerd => containerd.Version is { Major: 1, Minor: 6 });
        ShimAlias? alias = version.TakesAnyShim ? null : new ShimAlias();
        DockerSite site = new(version, await ContainerdInstance.StartAsync(daemon, shimDirectory: alias?.Directory), alias);
        try
        {
            await File.WriteAllTextAsync(Path.Combine(site.Directory, "daemon.json"), "{}");
            await site.LaunchAsync();
            string archive = Path.Combine(site.Directory, "image.tar");
            await ImageArchive.WriteAsync(archive, Image, "sh");
            (await site.InvokeAsync("load", "--input", archive)).EnsureSuccess();
            return site;
        }
        catch
        {
            await TestContext.Out.WriteLineAsync(site.LogTail());
            await site.DisposeAsync();
            throw;
        }
    }

    /// <summary>Runs any <c>docker</c> command.</summary>
    public Task<CommandResult> InvokeAsync(params IReadOnlyList<string> arguments)
    {
        string[] command = CommandLine(arguments);
        return Command.RunAsync(command[0], command[1..]);
    }

    /// <summary>What runs a <c>docker</c> command, for a program that does so.</summary>
    public string[] CommandLine(params IReadOnlyList<string> arguments) =>
        ["env", $"DOCKER_CONFIG={Directory}/client", $"{_version.Directory}/bin/docker", "--host", Socket, .. arguments];

    /// <summary>Runs a command in a new container in the foreground.</summary>
    /// <param name="options">Options of <c>docker run</c>.</param>
    /// <param name="command">What the container runs.</param>
    public async Task<CommandResult> RunAsync(IReadOnlyList<string> options, params IReadOnlyList<string> command)
    {
        string idFile = NewIdFile();
        CommandResult result = await InvokeAsync(RunArguments(idFile, options, command));
        Note(idFile);
        return result;
    }

    /// <summary>Leaves a container running a command in the background, and returns its id.</summary>
    public async Task<string> RunDetachedAsync(IReadOnlyList<string> options, params IReadOnlyList<string> command)
    {
        string idFile = NewIdFile();
        (await InvokeAsync(RunArguments(idFile, ["--detach", .. options], command))).EnsureSuccess();
        return Note(idFile);
    }

    /// <summary>The arguments of <c>docker run</c>, on the host's network where the options do not say another.</summary>
    public IReadOnlyList<string> RunArguments(string idFile, IReadOnlyList<string> options, IReadOnlyList<string> command)
    {
        string[] runtime = _version.TakesAnyShim ? ["--runtime", ContainerdVersions.DotnetRuntime] : [];
        string[] network = options.Contains("--network") ? [] : ["--network", "host"];
        return ["run", .. network, "--cidfile", idFile, .. runtime, .. options, Image, .. command];
    }

    public async Task<string> InspectAsync(string id, string format) =>
        (await InvokeAsync("inspect", "--format", format, id)).EnsureSuccess().Stdout.TrimEnd('\n');

    /// <summary>Waits until a field of a container has a value.</summary>
    public Task<string> BecomesAsync(string id, string format, string value) =>
        Eventually.BecomesAsync(() => InspectAsync(id, format), found => found == value, $"{format} becomes {value}");

    /// <summary>Waits for a text in the output that the daemon has kept.</summary>
    public Task<string> LoggedAsync(string id, string text) =>
        Eventually.BecomesAsync(
            async () => (await InvokeAsync("logs", id)).EnsureSuccess().Stdout, log => log.Contains(text, StringComparison.Ordinal), $"the log holds {text}");

    /// <summary>A file of a container's cgroup; the hierarchy is named only in version 1.</summary>
    public string ReadCgroup(string id, string hierarchy, string file)
    {
        string unified = $"/sys/fs/cgroup/{Namespace}/{id}/{file}";
        return File.ReadAllText(File.Exists(unified) ? unified : $"/sys/fs/cgroup/{hierarchy}/{Namespace}/{id}/{file}").TrimEnd();
    }

    public ProcFsProcess? FindShim(string id) => ProcFs.FindShim(Namespace, id);

    /// <summary>What is on the machine of the containers that there ever were. The daemon's own mounts are not theirs.</summary>
    public Census Left()
    {
        string[] own = [DataRoot, Path.Combine(ExecRoot, "netns", "default")];
        Census all = Census.Take(this, [.. Groups]);
        return all with { Mounts = [.. all.Mounts.Except(own)] };
    }

    public Task AssertNothingIsLeftAsync() => Eventually.ShowsAsync(Left, left => left.IsEmpty, "nothing is left");

    public async Task RemoveContainersAsync()
    {
        string[] ids = (await InvokeAsync("ps", "--all", "--quiet", "--no-trunc")).EnsureSuccess().Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        if (ids.Length > 0)
        {
            (await InvokeAsync(["rm", "--force", .. ids])).EnsureSuccess();
        }
    }

    /// <summary>SIGKILL to dockerd alone.</summary>
    public async Task Kill9Async()
    {
        Process daemon = _daemon ?? throw new InvalidOperationException("dockerd is not running");
        daemon.Kill();
        await daemon.WaitForExitAsync();
        daemon.Dispose();
        _daemon = null;
    }

    public Task RestartAsync() => LaunchAsync();

    public string LogTail() => File.Exists(LogFile) ? $"{string.Join('\n', File.ReadLines(LogFile).TakeLast(25))}\n{_containerd.LogTail()}" : "(no log)";

    public async ValueTask DisposeAsync()
    {
        if (_daemon is not null)
        {
            await Kill9Async();
        }

        await _containerd.Kill9Async();
        await Leftovers.RemoveAsync(this);
        await _containerd.DisposeAsync();
        _alias?.Dispose();
    }

    public string NewIdFile() => Path.Combine(Directory, $"{Interlocked.Increment(ref _count)}.id");

    /// <summary>Reads the id that <c>docker run</c> has told, so that what the container leaves can be looked for.</summary>
    public string Note(string idFile)
    {
        string id = File.ReadAllText(idFile);
        _ids[id] = true;
        return id;
    }

    private async Task LaunchAsync()
    {
        string[] arguments =
        [
            "--config-file", Path.Combine(Directory, "daemon.json"), "--data-root", DataRoot, "--exec-root", ExecRoot,
            "--pidfile", Path.Combine(Directory, "dockerd.pid"), "--host", Socket,
            $"--containerd={Address}", $"--containerd-namespace={Namespace}", $"--containerd-plugins-namespace={Namespace}-plugins",
            "--bridge=none", "--iptables=false", "--ip6tables=false", "--cgroup-parent", $"/{Namespace}", "--exec-opt", "native.cgroupdriver=cgroupfs",
            "--storage-driver", Snapshots.CanOverlay ? "overlay2" : "vfs", "--live-restore", "--experimental",
        ];

        // The shell only redirects and is replaced, so the process id is the daemon's own.
        ProcessStartInfo start = new("/bin/sh", ["-c", "exec \"$0\" \"$@\" >>\"$LOG\" 2>&1 </dev/null", $"{_version.Directory}/sbin/dockerd", .. arguments]);
        start.Environment["LOG"] = LogFile;
        start.Environment["PATH"] = SearchPath;
        _daemon = Process.Start(start) ?? throw new InvalidOperationException("dockerd did not start");
        await Eventually.BecomesAsync(AnswersAsync, answers => answers, $"dockerd {_version} answers", StartTimeout);
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.That(_daemon?.HasExited, Is.False, () => $"dockerd {_version} ended while starting:\n{LogTail()}");
        return (await InvokeAsync("version")).ExitCode == 0;
    }
}
