using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Testing.InMemory;

namespace ContainerShim.Sdk.Testing.Tests.Broken;

/// <summary>A runtime that is right except where a function replaces one of its calls.</summary>
internal sealed class BrokenRuntime(InMemoryHost host) : IOciRuntime, ICheckpointableRuntime
{
    private readonly InMemoryRuntime _right = host.Runtime;

    public InMemoryRuntime Right => _right;

    public InMemoryProcess? InitOf(RuntimeContainer container) =>
        host.Processes.LastOrDefault(process => process.IsInit && process.Start.ContainerId == container.Id);

    public Func<RuntimeContainer, RuntimeStdio, CancellationToken, Task<int>>? Create { get; set; }

    public Func<RuntimeContainer, Task>? Start { get; set; }

    public Func<RuntimeContainer, RuntimeExec, Task<int>>? Exec { get; set; }

    public Func<RuntimeContainer, int, bool, Task>? Kill { get; set; }

    public Func<RuntimeContainer, bool, Task>? Delete { get; set; }

    public Func<RuntimeContainer, Task>? Pause { get; set; }

    public Func<RuntimeContainer, Task>? Update { get; set; }

    public Func<RuntimeContainer, Task<IReadOnlyList<int>>>? Pids { get; set; }

    public Func<RuntimeContainer, Task<RuntimeState>>? State { get; set; }

    public Func<Task<RuntimeDescription>>? Describe { get; set; }

    public Func<RuntimeContainer, RuntimeCheckpoint, CancellationToken, Task>? Checkpoint { get; set; }

    public Func<RuntimeContainer, RuntimeRestore, CancellationToken, Task<int>>? Restore { get; set; }

    public Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken = default) =>
        Create?.Invoke(container, stdio, cancellationToken) ?? _right.CreateAsync(container, stdio, cancellationToken);

    public Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Start?.Invoke(container) ?? _right.StartAsync(container, cancellationToken);

    public Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken = default) =>
        Exec?.Invoke(container, exec) ?? _right.ExecAsync(container, exec, cancellationToken);

    public Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken = default) =>
        Kill?.Invoke(container, signal, all) ?? _right.KillAsync(container, signal, all, cancellationToken);

    public Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken = default) =>
        Delete?.Invoke(container, force) ?? _right.DeleteAsync(container, force, cancellationToken);

    public Task PauseAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Pause?.Invoke(container) ?? _right.PauseAsync(container, cancellationToken);

    public Task ResumeAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        _right.ResumeAsync(container, cancellationToken);

    public Task UpdateAsync(RuntimeContainer container, ReadOnlyMemory<byte> resources, CancellationToken cancellationToken = default) =>
        Update?.Invoke(container) ?? _right.UpdateAsync(container, resources, cancellationToken);

    public Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        Pids?.Invoke(container) ?? _right.PidsAsync(container, cancellationToken);

    public Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        State?.Invoke(container) ?? _right.StateAsync(container, cancellationToken);

    public Task<RuntimeDescription> DescribeAsync(RuntimeOptions options, CancellationToken cancellationToken = default) =>
        Describe?.Invoke() ?? _right.DescribeAsync(options, cancellationToken);

    public Task CheckpointAsync(RuntimeContainer container, RuntimeCheckpoint checkpoint, CancellationToken cancellationToken = default) =>
        Checkpoint?.Invoke(container, checkpoint, cancellationToken) ?? _right.CheckpointAsync(container, checkpoint, cancellationToken);

    public Task<int> RestoreAsync(RuntimeContainer container, RuntimeRestore restore, CancellationToken cancellationToken = default) =>
        Restore?.Invoke(container, restore, cancellationToken) ?? _right.RestoreAsync(container, restore, cancellationToken);
}
