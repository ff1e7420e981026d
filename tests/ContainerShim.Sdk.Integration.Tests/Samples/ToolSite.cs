using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Samples;

/// <summary>The built sample, with containers of its own. Needs root, runc and the root file system.</summary>
internal sealed class ToolSite : ITestSite, IAsyncDisposable
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(40);

    /// <summary>Beside the tests' own output, in the same configuration.</summary>
    public static string Program { get; } = Path.GetFullPath(Path.Combine(
        AppContext.BaseDirectory, "..", "..", "EmbeddedHost", Path.GetFileName(Path.TrimEndingDirectorySeparator(AppContext.BaseDirectory)), "EmbeddedHost"));

    public string Namespace { get; } = $"tool-{Guid.NewGuid():N}"[..16];

    public string Directory { get; } = System.IO.Directory.CreateTempSubdirectory("tool-").FullName;

    public string StateDirectory => Directory;

    public string Address => Path.Combine(Directory, "no.sock");

    public IEnumerable<string> Groups => [];

    private Dictionary<string, string> Environment => new()
    {
        ["EMBEDDED_HOST_ROOT"] = Directory,
        ["EMBEDDED_HOST_NAMESPACE"] = Namespace,
    };

    /// <summary>Runs one command to its end.</summary>
    public Task<CommandResult> RunAsync(params IReadOnlyList<string> arguments) => Command.RunAsync(Program, arguments, Environment, Bound);

    /// <summary>Runs one command in a terminal of a size, by script(1).</summary>
    public Task<CommandResult> RunInTerminalAsync(int columns, int rows, string arguments) => Command.RunAsync(
        "script", ["-qec", $"stty cols {columns} rows {rows}; {Program} {arguments}; status=$?; stty -a | grep -o -- '-*icanon'; exit $status", "/dev/null"], Environment, Bound);

    /// <summary>Starts one command in a terminal to type into.</summary>
    public Terminal StartInTerminal(params IReadOnlyList<string> arguments) =>
        Terminal.Start(["env", .. Environment.Select(static pair => $"{pair.Key}={pair.Value}"), Program, .. arguments]);

    /// <summary>Starts a container that runs until it is stopped.</summary>
    public async Task StartAsync(string name, string script, params IReadOnlyList<string> options) => (await RunAsync(
        ["run", "-d", "--name", name, "--rootfs", TestPaths.Rootfs, "--read-only", .. options, "sh", "-c", script])).EnsureSuccess();

    public async ValueTask DisposeAsync() => await Leftovers.RemoveAsync(this);
}
