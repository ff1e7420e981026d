using System.Diagnostics;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>A private containerd with its own directories, sockets and namespace, of which nothing is left after it is disposed.</summary>
internal sealed class ContainerdInstance : ITestSite, IAsyncDisposable
{
    private static readonly TimeSpan StartTimeout = TimeSpan.FromSeconds(60);

    private readonly string? _shimDirectory;

    private readonly IReadOnlyDictionary<string, string> _environment;

    private Process? _process;

    private ContainerdInstance(ContainerdVersion version, string? shimDirectory, IReadOnlyDictionary<string, string>? environment)
    {
        Version = version;
        _environment = environment ?? new Dictionary<string, string>();
        _shimDirectory = shimDirectory;

        // Short, since a unix socket's path has 107 usable bytes: unix(7).
        string unique = Convert.ToHexStringLower(Guid.NewGuid().ToByteArray().AsSpan(0, 5));
        Directory = $"/tmp/cst-{unique}";
        Namespace = $"cst-{unique}";
        Ctr = new Ctr(version, Address, Namespace, Path.Combine(Directory, "fifo"));
    }

    public ContainerdVersion Version { get; }

    public string Directory { get; }

    public string Namespace { get; }

    public string Address => Path.Combine(Directory, "c.sock");

    public string StateDirectory => Path.Combine(Directory, "state");

    public string LogFile => Path.Combine(Directory, "containerd.log");

    public Ctr Ctr { get; }

    IEnumerable<string> ITestSite.Groups => Ctr.Containers;

    public int Pid => Running().Id;

    /// <param name="version">Which containerd.</param>
    /// <param name="config">Its configuration; <see cref="ContainerdConfig"/> by default.</param>
    /// <param name="shimDirectory">Where shims are looked for first; where ours is by default.</param>
    /// <param name="environment">What its environment, and so that of its shims, has besides ours.</param>
    public static async Task<ContainerdInstance> StartAsync(
        ContainerdVersion version,
        Func<ContainerdInstance, string>? config = null,
        string? shimDirectory = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        ContainerdInstance instance = new(version, shimDirectory, environment);
        System.IO.Directory.CreateDirectory(instance.Directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        try
        {
            await File.WriteAllTextAsync(instance.ConfigFile, (config ?? ContainerdConfig.For)(instance));
            await instance.LaunchAsync();
            return instance;
        }
        catch
        {
            await instance.DisposeAsync();
            throw;
        }
    }

    /// <summary>SIGKILL to containerd alone: shims and containers go on.</summary>
    public async Task Kill9Async()
    {
        Process process = Running();
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
        _process = null;
    }

    /// <summary>Starts it again on the same directories after <see cref="Kill9Async"/>.</summary>
    public Task RestartAsync() => LaunchAsync();

    public async ValueTask DisposeAsync()
    {
        if (_process is { HasExited: false })
        {
            await Kill9Async();
        }

        _process?.Dispose();
        await Leftovers.RemoveAsync(this);
    }

    /// <summary>The end of containerd's log, for a failing test's message.</summary>
    public string LogTail() => File.Exists(LogFile)
        ? string.Join('\n', File.ReadLines(LogFile).Where(line => !line.Contains("loading plugin", StringComparison.Ordinal)).TakeLast(40))
        : "(no log)";

    private string ConfigFile => Path.Combine(Directory, "config.toml");

    private Process Running() => _process ?? throw new InvalidOperationException("containerd is not running");

    private async Task LaunchAsync()
    {
        // The shell only redirects and is replaced, so the process id is containerd's own.
        ProcessStartInfo start = new("/bin/sh",
            ["-c", "exec \"$0\" --config \"$1\" --log-level debug >>\"$2\" 2>&1 </dev/null", Path.Combine(Version.BinDirectory, "containerd"), ConfigFile, LogFile]);
        start.Environment["PATH"] = SearchPath();
        foreach ((string name, string value) in _environment)
        {
            start.Environment[name] = value;
        }

        _process = Process.Start(start) ?? throw new InvalidOperationException("containerd did not start");
        await Eventually.BecomesAsync(AnswersAsync, answers => answers, $"containerd {Version} answers", StartTimeout);
    }

    private async Task<bool> AnswersAsync()
    {
        Assert.That(Running().HasExited, Is.False, () => $"containerd {Version} ended while starting:\n{LogTail()}");
        return File.Exists(Address) && (await Ctr.InvokeAsync("version")).ExitCode == 0;
    }

    // containerd looks shims up by name: ours first, then the Go shim of the same package, then what the machine has (runc, crun).
    private string SearchPath()
    {
        string?[] directories =
        [
            _shimDirectory ?? Path.GetDirectoryName(TestPaths.Shim), Path.GetDirectoryName(TestPaths.CustomShim), Path.Combine(TestPaths.Tools, "bin"), Version.BinDirectory,
            Environment.GetEnvironmentVariable("PATH"),
        ];
        return string.Join(':', directories.Where(directory => !string.IsNullOrEmpty(directory)));
    }
}
