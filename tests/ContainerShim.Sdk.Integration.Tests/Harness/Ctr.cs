using System.Collections.Concurrent;
using System.Text.RegularExpressions;

namespace ContainerShim.Sdk.Integration.Tests.Harness;

/// <summary>containerd's command line client, bound to one instance and one namespace.</summary>
internal sealed partial class Ctr(ContainerdVersion version, string address, string containerdNamespace, string fifoDirectory)
{
    private readonly ConcurrentDictionary<string, bool> _containers = new();

    /// <summary>A TOML file with the options of the runtime; none by default.</summary>
    public string? RuntimeConfig { get; set; }

    /// <summary>Every container that was run through this client, gone or not.</summary>
    public IEnumerable<string> Containers => _containers.Keys;

    /// <summary>Runs any <c>ctr</c> command.</summary>
    public Task<CommandResult> InvokeAsync(TimeSpan? timeout, params IReadOnlyList<string> arguments) =>
        Command.RunAsync(
            Path.Combine(version.BinDirectory, "ctr"),
            ["--address", address, "--namespace", containerdNamespace, .. arguments],
            timeout: timeout);

    public Task<CommandResult> InvokeAsync(params IReadOnlyList<string> arguments) => InvokeAsync(timeout: null, arguments);

    /// <summary>Runs a command in a new container in the foreground, and removes the container.</summary>
    public Task<CommandResult> RunAsync(string runtime, string id, params IReadOnlyList<string> command) =>
        InvokeAsync(["run", "--rm", .. RunArguments(runtime, id), .. command]);

    /// <summary>The same, with an option of <c>ctr run</c> more.</summary>
    public Task<CommandResult> RunWithOptionAsync(string option, string runtime, string id, params IReadOnlyList<string> command) =>
        InvokeAsync(["run", "--rm", option, .. RunArguments(runtime, id), .. command]);

    /// <summary>Leaves a container running a command in the background.</summary>
    public async Task RunDetachedAsync(string runtime, string id, params IReadOnlyList<string> command) =>
        (await TryRunDetachedAsync(runtime, id, command)).EnsureSuccess();

    /// <summary>The same, with whatever comes of it.</summary>
    public Task<CommandResult> TryRunDetachedAsync(string runtime, string id, params IReadOnlyList<string> command) =>
        // A detached ctr leaves its pipes to the container; /dev/null instead keeps them out of the picture.
        InvokeAsync(["run", "--detach", "--null-io", .. RunArguments(runtime, id), .. command]);

    public Task<CommandResult> ExecAsync(string id, string execId, params IReadOnlyList<string> command) =>
        InvokeAsync(["task", "exec", "--exec-id", execId, "--fifo-dir", fifoDirectory, id, .. command]);

    public Task<CommandResult> KillAsync(string id, string signal) => InvokeAsync("task", "kill", "--signal", signal, id);

    /// <summary>Deletes a task that has stopped, and returns the task's exit code.</summary>
    public async Task<int> DeleteTaskAsync(string id)
    {
        // ctr itself ends with 0, and tells of any other code in a warning.
        CommandResult result = (await InvokeAsync("task", "delete", id)).EnsureSuccess();
        Match warning = ExitCodeWarning().Match(result.Stderr);
        return warning.Success ? int.Parse(warning.Groups[1].Value) : 0;
    }

    public Task<CommandResult> DeleteContainerAsync(string id) => InvokeAsync("container", "delete", id);

    /// <summary>The ids of all containers, with a task or without.</summary>
    public async Task<IReadOnlyList<string>> ListContainersAsync() =>
        (await InvokeAsync("container", "ls", "--quiet")).EnsureSuccess().Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>The task as <c>ctr task ls</c> shows it, or null when it is not listed.</summary>
    public async Task<CtrTask?> FindTaskAsync(string id) => (await ListTasksAsync()).FirstOrDefault(task => task.Id == id);

    public async Task<IReadOnlyList<CtrTask>> ListTasksAsync()
    {
        CommandResult result = (await InvokeAsync("task", "ls")).EnsureSuccess();
        return [.. Rows(result).Select(row => new CtrTask(row[0], int.Parse(row[1]), row[2]))];
    }

    /// <summary>The process ids of a task as <c>ctr task ps</c> shows them.</summary>
    public async Task<IReadOnlyList<int>> ListProcessesAsync(string id)
    {
        CommandResult result = (await InvokeAsync("task", "ps", id)).EnsureSuccess();
        return [.. Rows(result).Select(row => int.Parse(row[0]))];
    }

    // With --rootfs, ctr has no image to take a PATH from.
    private IReadOnlyList<string> RunArguments(string runtime, string id)
    {
        _containers[id] = true;
        string[] options = RuntimeConfig is null ? [] : ["--runtime-config-path", RuntimeConfig];
        return ["--runtime", runtime, .. options, "--env", "PATH=/bin", "--fifo-dir", fifoDirectory, "--rootfs", TestPaths.Rootfs, id];
    }

    [GeneratedRegex("exit with non-zero exit code ([0-9]+)")]
    private static partial Regex ExitCodeWarning();

    private static IEnumerable<string[]> Rows(CommandResult result) =>
        result.Stdout.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Skip(1)
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
}
