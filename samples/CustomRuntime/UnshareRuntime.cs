using System.Collections.Concurrent;
using System.IO.Pipes;
using System.Text.Json;
using ContainerShim.Sdk;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace CustomRuntime;

/// <summary>A container is a process in namespaces of its own, below another root. This shows how a runtime is written; it is no sandbox.</summary>
/// <remarks>The processes that it returns are of unshare(1), which forks the real one, ends as that does, and takes it along when it is killed.</remarks>
public sealed class UnshareRuntime(LinuxHost host) : IOciRuntime
{
    private const int SigKill = 9;

    // $0 is the bundle, by which the process is known again. It waits on descriptor 3 for its start, and ends when that is closed.
    private const string Enter = """
        root=$1; shift
        /usr/bin/mount -t proc proc "$root/proc" && /usr/bin/mount -t tmpfs -o size=64k,mode=755 dev "$root/dev" || exit 126
        for name in null zero random urandom; do : >"$root/dev/$name"; /usr/bin/mount --bind "/dev/$name" "$root/dev/$name"; done
        read -r go <&3 || exit 137; exec 3<&-; exec "$@"
        """;

    private readonly ConcurrentDictionary<string, Init> _containers = new();

    public Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        string path = Path.Join(container.Bundle, "config.json");
        if (!File.Exists(path) || _containers.ContainsKey(container.Id))
        {
            throw ShimException.Unknown($"container {container.Id} exists already, or has no {path}");
        }

        using JsonDocument spec = JsonDocument.Parse(File.ReadAllBytes(path));
        string root = Path.Combine(container.Bundle, $"{spec.RootElement.GetProperty("root").GetProperty("path")}");
        AnonymousPipeServerStream go = new(PipeDirection.Out);
        int pid = Spawn(
            ["/usr/bin/unshare", "--fork", "--kill-child", "--pid", "--mount", "--uts", "--ipc", "/bin/sh", "-c", Enter, container.Bundle, root], root,
            spec.RootElement.GetProperty("process"), stdio, go.ClientSafePipeHandle);
        go.DisposeLocalCopyOfClientHandle();
        File.WriteAllText(Init.FileIn(container.Bundle), $"{pid}");
        _containers[container.Id] = new Init(pid, container.Bundle, root, go);
        return Task.FromResult(pid);
    }

    public async Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken)
    {
        Init init = Find(container) is { Status: "created" } created ? created : throw ShimException.Unknown("the container was started or has stopped");
        await using Stream go = init.TakeGo();
        await go.WriteAsync("\n"u8.ToArray(), CancellationToken.None);
    }

    public Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken)
    {
        Init init = Find(container) is { Status: "running" } running ? running : throw ShimException.Unknown("the container does not run");
        using JsonDocument process = JsonDocument.Parse(exec.ProcessSpec);
        string[] command = ["/usr/bin/nsenter", "--no-fork", $"--pid=/proc/{init.Real}/ns/pid", "/usr/bin/unshare", "--fork", "--kill-child",
            "/usr/bin/nsenter", $"--target={init.Real}", "--mount", "--uts", "--ipc"];
        return Task.FromResult(Spawn(command, init.Root, process.RootElement, exec.Stdio));
    }

    public Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken)
    {
        Init init = Find(container) is { Status: not "stopped" } alive ? alive : throw ShimException.NotFound("process already finished");
        foreach (int pid in all && signal != SigKill ? init.Pids() : [init.Real])
        {
            using IProcessWatch watch = host.Monitor.Watch(pid);
            watch.Signal(signal);
        }

        return Task.CompletedTask;
    }

    public async Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken)
    {
        string status = Find(container).Status is var now && (force || now != "running") ? now : throw ShimException.Unknown("the container runs");
        await (status == "stopped" ? Task.CompletedTask : KillAsync(container, SigKill, all: true, cancellationToken));
        File.Delete(Init.FileIn(container.Bundle));
        _containers.TryRemove(container.Id, out _);
    }

    public Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken) => Task.FromResult(Find(container).Pids());

    public Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken) =>
        Task.FromResult(new RuntimeState(Find(container).Status, Find(container).Pid));

    /// <summary>The container; in the process of `delete`, whose shim has died, as the bundle tells.</summary>
    private Init Find(RuntimeContainer container) => _containers.GetValueOrDefault(container.Id)
        ?? (File.Exists(Init.FileIn(container.Bundle)) ? new Init(int.Parse(File.ReadAllText(Init.FileIn(container.Bundle))), container.Bundle, "", null) : throw ShimException.NotFound($"container {container.Id}"));

    /// <summary>Starts a process for the engine to watch: the command, which enters namespaces, and by it the container's.</summary>
    private int Spawn(string[] command, string root, JsonElement process, RuntimeStdio stdio, params SafePipeHandle[] extra) => host.Spawner.SpawnUnwatched(new()
    {
        FileName = stdio.ConsoleSocket is null ? command[0] : throw ShimException.Unimplemented("terminals"),
        Arguments = [.. command, "/usr/bin/unshare", $"--root={root}", $"--wd={process.GetProperty("cwd")}", "--", .. Strings(process, "args")],
        Environment = [.. Strings(process, "env")],
        Stdin = stdio.Stdin, Stdout = stdio.Stdout, Stderr = stdio.Stderr, ExtraDescriptors = extra,
    });

    private static IEnumerable<string> Strings(JsonElement process, string name) => process.GetProperty(name).EnumerateArray().Select(static item => item.GetString()!);
}
