using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>
/// A runtime whose containers live in an <see cref="InMemoryHost"/>. Without instructions every call succeeds at once, and processes do
/// what <see cref="Script"/> says. Safe for use from several threads.
/// </summary>
/// <remarks>
/// It has no terminals; a bundle needs a <c>config.json</c> with <c>process.args</c>, and no root file system. A checkpoint is a file with what
/// is left of the script of the init process, and can be restored on any <see cref="InMemoryHost"/>; execs are not in it.
/// </remarks>
public sealed class InMemoryRuntime : IOciRuntime, ICheckpointableRuntime
{
    private const int SigKill = 9;

    private readonly InMemoryHost _host;
    private readonly CallPlans _plans = new();
    private readonly Dictionary<string, Made> _containers = [];

    internal InMemoryRuntime(InMemoryHost host) => _host = host;

    /// <summary>Decides what a process does when it begins to run. Default: <see cref="ProcessScript.Interpret"/>.</summary>
    public Func<ProcessStart, ProcessScript> Script { get; set; } = ProcessScript.Interpret;

    /// <summary>Whether it offers checkpoints. Default: true.</summary>
    public bool CanCheckpoint { get; set; } = true;

    /// <summary>Every call so far, in order.</summary>
    public IReadOnlyList<RecordedCall> Calls => _plans.Calls;

    /// <summary>The containers that were created and not deleted.</summary>
    public IReadOnlyList<string> Containers => _host.Change(() => _containers.Keys.ToArray());

    /// <summary>Lets the next call of an operation fail; calls of this method add up.</summary>
    public void FailNext(RuntimeOperation operation, Exception error) => _plans.Add(operation, _ => Task.FromException(error));

    /// <summary>Makes the next call of an operation slow, by the clock of the host.</summary>
    public void DelayNext(RuntimeOperation operation, TimeSpan delay) =>
        _plans.Add(operation, token => Task.Delay(delay, _host.Time, token));

    /// <summary>Makes the next call of an operation hang.</summary>
    /// <param name="operation">Which.</param>
    /// <param name="done">Whether its work is done before it hangs. Default: false.</param>
    public HeldCall HoldNext(RuntimeOperation operation, bool done = false) => _plans.Hold(operation, done);

    /// <inheritdoc/>
    public Task<int> CreateAsync(RuntimeContainer container, RuntimeStdio stdio, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(stdio);
        return MakeAsync(RuntimeOperation.Create, container, "", () => Create(container, stdio), cancellationToken);
    }

    /// <inheritdoc/>
    public Task StartAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        MakeAsync(RuntimeOperation.Start, container, "", () => Start(container.Id), cancellationToken);

    /// <inheritdoc/>
    public Task<int> ExecAsync(RuntimeContainer container, RuntimeExec exec, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(exec);
        return MakeAsync(RuntimeOperation.Exec, container, exec.ExecId, () => Exec(container.Id, exec), cancellationToken);
    }

    /// <inheritdoc/>
    public Task KillAsync(RuntimeContainer container, int signal, bool all, CancellationToken cancellationToken = default) =>
        MakeAsync(RuntimeOperation.Kill, container, all ? $"{signal} all" : $"{signal}", () => Kill(container.Id, signal, all), cancellationToken);

    /// <inheritdoc/>
    public Task DeleteAsync(RuntimeContainer container, bool force, CancellationToken cancellationToken = default) =>
        MakeAsync(RuntimeOperation.Delete, container, force ? "force" : "", () => Delete(container.Id, force), cancellationToken);

    /// <inheritdoc/>
    public Task PauseAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        MakeAsync(RuntimeOperation.Pause, container, "", () => Pause(container.Id), cancellationToken);

    /// <inheritdoc/>
    public Task ResumeAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        MakeAsync(RuntimeOperation.Resume, container, "", () => Resume(container.Id), cancellationToken);

    /// <inheritdoc/>
    public Task UpdateAsync(RuntimeContainer container, ReadOnlyMemory<byte> resources, CancellationToken cancellationToken = default) =>
        MakeAsync(RuntimeOperation.Update, container, System.Text.Encoding.UTF8.GetString(resources.Span), () => Get(container.Id), cancellationToken);

    /// <inheritdoc/>
    public Task<IReadOnlyList<int>> PidsAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        MakeAsync<IReadOnlyList<int>>(
            RuntimeOperation.Pids, container, "", () => [.. _host.Alive(Get(container.Id).Init.Start.ContainerId).Select(process => process.Pid)], cancellationToken);

    /// <inheritdoc/>
    public Task<RuntimeState> StateAsync(RuntimeContainer container, CancellationToken cancellationToken = default) =>
        MakeAsync(RuntimeOperation.State, container, "", () => State(container.Id), cancellationToken);

    /// <inheritdoc/>
    public Task<RuntimeDescription> DescribeAsync(RuntimeOptions options, CancellationToken cancellationToken = default) =>
        Task.FromResult(new RuntimeDescription("in memory", ReadOnlyMemory<byte>.Empty));

    /// <inheritdoc/>
    public Task CheckpointAsync(RuntimeContainer container, RuntimeCheckpoint checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        return MakeAsync(
            RuntimeOperation.Checkpoint, container, checkpoint.Exit ? "exit" : "", () => Checkpoint(container.Id, checkpoint), cancellationToken);
    }

    /// <inheritdoc/>
    public Task<int> RestoreAsync(RuntimeContainer container, RuntimeRestore restore, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(restore);
        return MakeAsync(RuntimeOperation.Restore, container, restore.ImagePath, () => Restore(container.Id, restore), cancellationToken);
    }

    internal void ReleaseAll() => _plans.ReleaseAll();

    private Task<T> MakeAsync<T>(RuntimeOperation operation, RuntimeContainer container, string detail, Func<T> work, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(container);
        return _plans.MakeAsync(new RecordedCall(operation, container.Id, detail), work, cancellationToken);
    }

    private Made Get(string id) => _host.Change(() => _containers.GetValueOrDefault(id)) ?? throw new ShimException(ShimErrorCode.NotFound, "container does not exist");

    private int Create(RuntimeContainer container, RuntimeStdio stdio)
    {
        RefuseTerminal(stdio);
        return Add(new ProcessStart(container.Id, "", SpecArguments.OfBundle(container.Bundle)), stdio, "create", isStarted: false).Pid;
    }

    private InMemoryProcess Add(ProcessStart start, RuntimeStdio stdio, string operation, bool isStarted) => _host.Change(() =>
    {
        if (_containers.ContainsKey(start.ContainerId))
        {
            string text = $"OCI runtime {operation} failed: container with id exists: {start.ContainerId}";
            throw new ShimException(ShimErrorCode.AlreadyExists, text) { Reason = ShimErrorReason.IdInUse };
        }

        InMemoryProcess init = _host.Add(start, stdio);
        _containers.Add(start.ContainerId, new Made(init) { IsStarted = isStarted });
        return init;
    });

    private static void RefuseTerminal(RuntimeStdio stdio)
    {
        if (stdio.ConsoleSocket is not null)
        {
            throw ShimException.Unimplemented("the in-memory runtime has no terminals");
        }
    }

    private bool Start(string id)
    {
        Made found = Get(id);
        _host.Change(() =>
        {
            if (found.IsStarted || !found.Init.IsAlive)
            {
                throw ShimException.Unknown("OCI runtime start failed: cannot start a container that has stopped", reason: ShimErrorReason.RuntimeFailed);
            }

            found.IsStarted = true;
        });
        found.Init.Run(Script(found.Init.Start));
        return true;
    }

    private int Exec(string id, RuntimeExec exec)
    {
        if (Get(id) is not { IsStarted: true, Init.IsAlive: true } || _host.IsFrozen(id))
        {
            throw ShimException.Unknown("OCI runtime exec failed: cannot exec in a container that does not run", reason: ShimErrorReason.RuntimeFailed);
        }

        InMemoryProcess process = _host.Add(new ProcessStart(id, exec.ExecId, SpecArguments.OfProcess(exec.ProcessSpec)), exec.Stdio);
        process.Run(Script(process.Start));
        return process.Pid;
    }

    private bool Kill(string id, int signal, bool all)
    {
        Made found = Get(id);
        IReadOnlyList<InMemoryProcess> targets = all ? _host.Alive(id) : [found.Init];
        bool any = _host.Change(() => targets.Count(process => process.Take(signal)) > 0);
        if (signal == SigKill)
        {
            // As runc does since 1.1: what is frozen cannot die.
            _host.Thaw(id);
        }

        return any ? true : throw ShimException.NotFound("process already finished");
    }

    private bool Delete(string id, bool force)
    {
        Made found = Get(id);
        if (found is { IsStarted: true, Init.IsAlive: true } && !force)
        {
            throw ShimException.Unknown($"cannot delete container {id} that is not stopped: {State(id).Status}", reason: ShimErrorReason.RuntimeFailed);
        }

        _host.Change(() => _containers.Remove(id));
        _host.Thaw(id);
        _host.Change(() => _host.Alive(id).Count(process => process.Take(SigKill)));
        return true;
    }

    private bool Pause(string id)
    {
        if (Get(id) is not { IsStarted: true, Init.IsAlive: true })
        {
            throw ShimException.Unknown("OCI runtime pause failed: container not running", reason: ShimErrorReason.RuntimeFailed);
        }

        _host.Freeze(id);
        return true;
    }

    private bool Resume(string id)
    {
        Get(id);
        if (!_host.IsFrozen(id))
        {
            throw ShimException.Unknown("OCI runtime resume failed: container not paused", reason: ShimErrorReason.RuntimeFailed);
        }

        _host.Thaw(id);
        return true;
    }

    private bool Checkpoint(string id, RuntimeCheckpoint checkpoint)
    {
        if (Get(id) is not { IsStarted: true, Init: { IsAlive: true } init })
        {
            throw ShimException.FailedPrecondition("OCI runtime checkpoint failed: container not running", ShimErrorReason.IllegalState);
        }

        new InMemoryImage(init.Start.Arguments, init.Rest()).Write(checkpoint.ImagePath);
        if (checkpoint.Exit)
        {
            _host.Change(() => init.Take(SigKill));
            _host.Thaw(id);
        }

        return true;
    }

    private int Restore(string id, RuntimeRestore restore)
    {
        RefuseTerminal(restore.Stdio);
        InMemoryImage image = InMemoryImage.Read(restore.ImagePath);
        InMemoryProcess init = Add(new ProcessStart(id, "", image.Arguments), restore.Stdio, "restore", isStarted: true);
        init.Run(image.Script);
        return init.Pid;
    }

    private RuntimeState State(string id)
    {
        Made found = Get(id);
        return found.Init.IsAlive
            ? new RuntimeState(_host.IsFrozen(id) ? "paused" : found.IsStarted ? "running" : "created", found.Init.Pid)
            : new RuntimeState("stopped", 0);
    }

    private sealed class Made(InMemoryProcess init)
    {
        public InMemoryProcess Init { get; } = init;

        public bool IsStarted { get; set; }
    }
}
