using System.Collections.Concurrent;
using System.IO.Pipes;
using System.Text.Json;
using ContainerShim.Sdk;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace CustomRuntime;

/// <summary>A container is a process in namespaces of its own, below another root. This shows how a runtime is written; it is no sandbox.</summary>
/// <remarks>
/// The processes that it returns are of unshare(1), which forks the real one, ends as that does, and takes it along when it is killed. So SIGKILL
/// goes to unshare(1): where it ends the real one alone, as the OOM killer does, unshare(1) of util-linux 2.38 ends with 1.
/// </remarks>
public sealed class UnshareRuntime(LinuxHost host) : IOciRuntime
{
    private const int SigKill = 9;

    // Says on descriptor 3 that it is where it belongs, then waits on 4 for its start, and ends when that is closed.
    private const string Enter = """
        root=$1; shift
        /usr/bin/mount -t proc proc "$root/proc" && /usr/bin/mount -t tmpfs -o size=64k,mode=755 dev "$root/dev" || exit 126
        for name in null zero random urandom; do : >"$root/dev/$name"; /usr/bin/mount --bind "/dev/$name" "$root/dev/$name"; done
        echo >&3; exec 3>&-; read -r go <&4 || exit 137; exec 4<&-; exec "$@"
        """;

    private readonly ConcurrentDictionary<string, Init> _containers = new();

    public async Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = Path.Join(container.Bundle, "config.json");
        using JsonDocument spec = File.Exists(path) && !_containers.ContainsKey(container.Id) ? JsonDocument.Parse(File.ReadAllBytes(path))
            : throw ShimException.Unknown($"container {container.Id} exists already, or has no {path}");
        string root = Path.Combine(container.Bundle, $"{spec.RootElement.GetProperty("root").GetProperty("path")}");
        string[] command = ["/usr/bin/unshare", "--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc", "/bin/sh", "-c", Enter, "sh", root];
        AnonymousPipeServerStream go = new(PipeDirection.Out);
        Init init = _containers[container.Id] = await SpawnAsync(command, root, spec.RootElement.GetProperty("process"), stdio, go);
        File.WriteAllText(Init.FileIn(container.Bundle), $"{init.Pid} {init.StartTime}");
        return init.Pid;
    }

    public async Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken)
    {
        await using PipeStream? go = Find(container) is { Status: "created" } created ? created.Go : null;
        (go ?? throw ShimException.Unknown("the container was started before, or has stopped")).WriteByte((byte)'\n');
    }

    public async Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken)
    {
        Init init = Find(container) is { Status: "running" } running ? running : throw ShimException.Unknown("the container does not run");
        using JsonDocument process = JsonDocument.Parse(exec.ProcessSpec);
        string[] command = ["/usr/bin/nsenter", "--no-fork", $"--pid=/proc/{init.Child}/ns/pid", "/bin/sh", "-c", "echo >&3; exec 3>&-; exec \"$@\"", "sh",
            "/usr/bin/unshare", "--fork", "--kill-child", "/usr/bin/nsenter", $"--target={init.Child}", "--mount", "--uts", "--ipc"];
        return (await SpawnAsync(command, init.Root, process.RootElement, exec.Stdio)).Pid;
    }

    public Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken)
    {
        Init init = Find(container) is { Status: not "stopped" } alive ? alive : throw ShimException.NotFound("process already finished");
        foreach (int pid in signal == SigKill ? [init.Pid] : all ? init.Pids() : [init.Child])
        {
            using IProcessWatch watch = host.Monitor.Watch(pid);
            watch.Signal(signal);
        }

        return Task.CompletedTask;
    }

    public async Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken)
    {
        Init init = Find(container) is { } found && (force || found.Status != "running") ? found : throw ShimException.Unknown("the container runs");
        await (init.Status == "stopped" ? Task.CompletedTask : KillAsync(container, SigKill, all: true, cancellationToken));
        File.Delete(Init.FileIn(container.Bundle));
        _containers.TryRemove(container.Id, out _);
    }

    public Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken) => Task.FromResult(Find(container).Pids());

    public Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken) =>
        Task.FromResult(new RuntimeState(Find(container).Status, Find(container).Pid));

    /// <summary>The container; in the process of `delete`, whose shim has died, as the bundle tells.</summary>
    private Init Find(RuntimeContainer container) => _containers.GetValueOrDefault(container.Id)
        ?? (File.Exists(Init.FileIn(container.Bundle)) && File.ReadAllText(Init.FileIn(container.Bundle)).Split(' ') is [var pid, var time]
            ? new Init(int.Parse(pid), time) : throw ShimException.NotFound($"container {container.Id}"));

    /// <summary>Starts a process for the engine to watch: the command, and by it the container's. Returns once it has entered its namespaces.</summary>
    private async Task<Init> SpawnAsync(string[] command, string root, JsonElement process, RuntimeStdio stdio, AnonymousPipeServerStream? go = null)
    {
        using AnonymousPipeServerStream ready = new(PipeDirection.In);
        AnonymousPipeServerStream[] pipes = go is null ? [ready] : [ready, go];
        int pid = host.Spawner.SpawnUnwatched(new SpawnRequest
        {
            FileName = stdio.ConsoleSocket is null ? command[0] : throw ShimException.Unimplemented("terminals"),
            Arguments = [.. command, "/usr/bin/unshare", $"--root={root}", $"--wd={process.GetProperty("cwd")}", "--", .. Strings(process, "args")],
            Environment = [.. Strings(process, "env")],
            Stdin = stdio.Stdin, Stdout = stdio.Stdout, Stderr = stdio.Stderr, ExtraDescriptors = [.. pipes.Select(static pipe => pipe.ClientSafePipeHandle)],
        });
        Array.ForEach(pipes, static pipe => pipe.DisposeLocalCopyOfClientHandle());
        using IProcessWatch? failed = await ready.ReadAsync(new byte[1]) == 0 ? host.Monitor.Watch(pid) : null;
        return failed is null ? new Init(pid, Init.Stat(pid)[19], root, go) : throw ShimException.Unknown($"{command[0]} ended with {(await failed.Exited).ExitCode}");
    }

    private static IEnumerable<string> Strings(JsonElement process, string name) =>
        process.GetProperty(name).EnumerateArray().Select(static item => item.GetString()!);
}
