using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tests.Fakes;

/// <summary>A runtime whose containers live in the <see cref="FakeKernel"/>; its calls are named <c>runtime.*</c>.</summary>
internal class FakeRuntime(FakeKernel kernel, CallScript calls) : IOciRuntime, IStartWitness
{
    private readonly Dictionary<string, FakeContainer> _containers = [];

    public IReadOnlyCollection<string> Containers => _containers.Keys;

    /// <summary>Whether it can tell what waits for its start.</summary>
    public bool IsWitness { get; set; } = true;

    /// <summary>Whether it thaws what it kills.</summary>
    public bool ThawsToKill { get; set; } = true;

    public bool AwaitsStart(RuntimeContainer container) => IsWitness && _containers.GetValueOrDefault(container.Id) is { Started: false };

    public Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken = default) =>
        calls.MakeAsync("runtime.create", container.Id, () => Make(container.Id, started: false), cancellationToken);

    public Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        calls.MakeAsync(
            "runtime.start",
            container.Id,
            () =>
            {
                FakeContainer found = Get(container.Id);
                found.Started = found.Init.IsAlive
                    ? true
                    : throw ShimException.Unknown("OCI runtime start failed: cannot start a container that has stopped");
            },
            cancellationToken);

    /// <summary>The last exec that was asked for.</summary>
    public RuntimeExec? LastExec { get; private set; }

    public Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken = default)
    {
        LastExec = exec;
        return calls.MakeAsync(
            "runtime.exec",
            $"{container.Id} {exec.ExecId}",
            () => Get(container.Id) is { Started: true, Init.IsAlive: true } && !kernel.IsFrozen(container.Id)
                ? kernel.Spawn(container.Id, exec.ExecId).Pid
                : throw ShimException.Unknown("OCI runtime exec failed: cannot exec in a stopped container"),
            cancellationToken);
    }

    public Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken = default) =>
        calls.MakeAsync("runtime.kill", $"{container.Id} {signal}{(all ? " all" : "")}", () => Kill(container.Id, signal, all), cancellationToken);

    public Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken = default) =>
        calls.MakeAsync("runtime.delete", container.Id + (force ? " force" : ""), () => Delete(container.Id, force), cancellationToken);

    public Task PauseAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        calls.MakeAsync(
            "runtime.pause",
            container.Id,
            () =>
            {
                if (!Get(container.Id).Init.IsAlive)
                {
                    throw ShimException.Unknown("OCI runtime pause failed: container not running");
                }

                kernel.Freeze(container.Id);
            },
            cancellationToken);

    public Task ResumeAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        calls.MakeAsync(
            "runtime.resume",
            container.Id,
            () =>
            {
                if (!kernel.IsFrozen(Get(container.Id).Init.ContainerId))
                {
                    throw ShimException.Unknown("OCI runtime resume failed: container not paused");
                }

                kernel.Thaw(container.Id);
            },
            cancellationToken);

    public Task UpdateAsync(RuntimeContainer container, ReadOnlyMemory<byte> resources, CancellationToken cancellationToken = default) =>
        calls.MakeAsync("runtime.update", container.Id, () => { }, cancellationToken);

    public Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        calls.MakeAsync<IReadOnlyList<int>>(
            "runtime.pids", container.Id, () => [.. kernel.Alive(container.Id).Select(process => process.Pid)], cancellationToken);

    public Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        calls.MakeAsync("runtime.state", container.Id, () => State(container.Id), cancellationToken);

    public Task<RuntimeDescription> DescribeAsync(RuntimeOptions options, CancellationToken cancellationToken = default) =>
        Task.FromResult(new RuntimeDescription("fake", ReadOnlyMemory<byte>.Empty));

    protected int Make(string id, bool started)
    {
        if (_containers.ContainsKey(id))
        {
            throw new ShimException(ShimErrorCode.AlreadyExists, $"OCI runtime create failed: container with id exists: {id}");
        }

        FakeContainer made = new(kernel.Spawn(id, "")) { Started = started };
        _containers.Add(id, made);
        return made.Init.Pid;
    }

    protected void EndInit(string id) => kernel.Exit(Get(id).Init.Pid, 0);

    private FakeContainer Get(string id) => _containers.GetValueOrDefault(id) ?? throw ShimException.NotFound("no such container");

    private void Kill(string id, int signal, bool all)
    {
        FakeContainer found = Get(id);
        if (signal == 9 && ThawsToKill)
        {
            // As runc does since 1.1: what is frozen cannot die.
            kernel.Thaw(id);
        }

        IReadOnlyList<FakeProcess> targets = all ? kernel.Alive(id) : [found.Init];
        bool any = false;
        foreach (FakeProcess process in targets)
        {
            any |= kernel.Signal(process.Pid, signal);
        }

        if (!any)
        {
            throw ShimException.NotFound("process already finished");
        }
    }

    private void Delete(string id, bool force)
    {
        FakeContainer found = Get(id);
        if (found is { Started: true, Init.IsAlive: true } && !force)
        {
            throw ShimException.Unknown("failed to delete task: cannot delete container that is not stopped");
        }

        _containers.Remove(id);
        kernel.Thaw(id);
        foreach (FakeProcess process in kernel.Alive(id))
        {
            kernel.Signal(process.Pid, 9);
        }
    }

    private RuntimeState State(string id)
    {
        FakeContainer found = Get(id);
        string status = !found.Init.IsAlive ? "stopped" : kernel.IsFrozen(id) ? "paused" : found.Started ? "running" : "created";
        return new RuntimeState(status, found.Init.Pid);
    }

    private sealed class FakeContainer(FakeProcess init)
    {
        public FakeProcess Init { get; } = init;

        public bool Started { get; set; }
    }
}
