using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>The first process of a container, whose life is the container's.</summary>
internal sealed class InitProcess(Container container, CreateTaskRequest request) : ManagedProcess(container, request.Id, request.Stdio)
{
    private const int SigKill = 9;

    private readonly InitExit _exit = new(container);
    private TaskCompletionSource? _starting;
    private CancellationTokenSource? _startLimit;

    private bool IsRestored => request.Checkpoint.Length > 0;

    /// <summary>Has the runtime make the process, or for a restore only what it needs. Nothing is logged yet.</summary>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        IProcessStdio stdio = await OpenStdioAsync(cancellationToken).ConfigureAwait(false);
        if (IsRestored)
        {
            State = ProcessState.CreatedFromCheckpoint;
            return;
        }

        Pid = await Container.CallRuntimeAsync(
            token => Services.Runtime.CreateAsync(Container.Runtime, stdio.ChildEnds, token), cancellationToken).ConfigureAwait(false);
        await stdio.AttachAsync(cancellationToken).ConfigureAwait(false);
        Container.LoadCgroup(Pid);
        _exit.WatchOom();
    }

    /// <summary>Logs the creation, then begins to watch: the exit cannot overtake it.</summary>
    public void Announce()
    {
        lock (Container.Sync)
        {
            Services.Events.Append(new TaskCreatedEvent(
                Container.Id, Container.Bundle, request.Rootfs, Paths, request.Checkpoint, Pid));
        }

        if (Pid != 0)
        {
            Follow();
        }
    }

    /// <summary>Starts the process, or restores it. Point of no return: the call of the runtime.</summary>
    public async Task<StartResult> StartAsync(CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await Container.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        TaskCompletionSource starting = new(Services.Completions);
        bool restore;
        lock (Container.Sync)
        {
            StateRules.DemandInit(State, Operation.Start);
            restore = State == ProcessState.CreatedFromCheckpoint;
            _starting = starting;
            _startLimit = limit;
        }

        try
        {
            await (restore ? RestoreAsync(limit.Token) : RunAsync(limit.Token)).ConfigureAwait(false);
        }
        finally
        {
            lock (Container.Sync)
            {
                _starting = null;
                _startLimit = null;
            }

            starting.SetResult();
        }

        return new StartResult(Pid);
    }

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await Container.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        Transition(Operation.Pause, ProcessState.Pausing);
        try
        {
            await Container.CallRuntimeAsync(token => Services.Runtime.PauseAsync(Container.Runtime, token), cancellationToken)
                .ConfigureAwait(false);
        }
        catch
        {
            Move(ProcessState.Pausing, ProcessState.Running, null);
            throw;
        }

        Move(ProcessState.Pausing, ProcessState.Paused, new TaskPausedEvent(Container.Id));
    }

    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await Container.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        Demand(Operation.Resume);
        await Services.Runtime.ResumeAsync(Container.Runtime, cancellationToken).ConfigureAwait(false);
        Move(ProcessState.Paused, ProcessState.Running, new TaskResumedEvent(Container.Id));
    }

    public async Task UpdateAsync(ReadOnlyMemory<byte> resources, CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await Container.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        Demand(Operation.Update);
        await Container.CallRuntimeAsync(
            token => Services.Runtime.UpdateAsync(Container.Runtime, resources, token), cancellationToken).ConfigureAwait(false);
    }

    public async Task CheckpointAsync(RuntimeCheckpoint checkpoint, CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await Container.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        Demand(Operation.Checkpoint);
        if (Services.Runtime is not ICheckpointableRuntime runtime)
        {
            throw ShimException.Unimplemented("the runtime cannot checkpoint");
        }

        await Container.CallRuntimeAsync(
            token => runtime.CheckpointAsync(Container.Runtime, checkpoint, token), cancellationToken).ConfigureAwait(false);
        lock (Container.Sync)
        {
            Services.Events.Append(new TaskCheckpointedEvent(Container.Id, checkpoint.ImagePath));
        }
    }

    /// <summary>Signals through the runtime, past the gate: a call that hangs must not keep a container from being killed.</summary>
    public async Task KillAsync(int signal, bool all, CancellationToken cancellationToken)
    {
        Demand(Operation.Kill);
        await Container.CallRuntimeAsync(
            token => Services.Runtime.KillAsync(Container.Runtime, signal, all, token), cancellationToken).ConfigureAwait(false);
    }

    public void ResizePty(int width, int height)
    {
        Demand(Operation.Resize);
        Resize(width, height);
    }

    /// <summary>Ends what was created and never started, so that its exit is reported before its deletion.</summary>
    public async Task EndCreatedAsync(CancellationToken cancellationToken)
    {
        IProcessWatch? watch;
        lock (Container.Sync)
        {
            watch = State == ProcessState.Created ? Watch : null;
        }

        if (watch is null)
        {
            return;
        }

        try
        {
            watch.Signal(SigKill);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // It has ended already; its exit is on its way.
        }

        await Ended.WaitAsync(Services.Timeouts.KillCreated, Services.Time, cancellationToken).ConfigureAwait(false);
    }

    public Task DrainAsync() => DrainStdioAsync();

    /// <summary>Marks the container as gone and tells so.</summary>
    public DeleteResult Deleted()
    {
        lock (Container.Sync)
        {
            State = ProcessState.Deleted;
            Services.Events.Append(new TaskDeletedEvent(Container.Id, Pid, Exit?.ExitCode ?? 0, Exit?.ExitedAt));
        }

        CompleteWait(new WaitResult(Exit?.ExitCode ?? 0, Exit?.ExitedAt));
        return new DeleteResult(Pid, Exit?.ExitCode ?? 0, Exit?.ExitedAt);
    }

    public void Demand(Operation operation)
    {
        lock (Container.Sync)
        {
            StateRules.DemandInit(State, operation);
        }
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        try
        {
            await Container.CallRuntimeAsync(
                token => Services.Runtime.StartAsync(Container.Runtime, token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ShimException { Code: ShimErrorCode.DeadlineExceeded })
        {
            if (!await RunsAfterAllAsync().ConfigureAwait(false))
            {
                throw;
            }
        }

        EnterRunning();
    }

    /// <summary>After a start call that was ended early only the runtime knows whether it had done its work.</summary>
    private async Task<bool> RunsAfterAllAsync()
    {
        using CancellationTokenSource limit = new(Services.Timeouts.CleanUp, Services.Time);
        try
        {
            RuntimeState state = await Services.Runtime.StateAsync(Container.Runtime, limit.Token).ConfigureAwait(false);
            return state.Status is "running" or "paused";
        }
        catch (Exception e) when (e is ShimException or OperationCanceledException)
        {
            Services.Logger.CleanUpFailed(e, Container.Id, "state after start");
            return false;
        }
    }

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (Services.Runtime is not ICheckpointableRuntime runtime || Stdio is not { } stdio)
        {
            throw ShimException.Unimplemented("the runtime cannot restore");
        }

        RuntimeRestore restore = new()
        {
            ImagePath = request.Checkpoint,
            ParentPath = request.ParentCheckpoint,
            WorkPath = request.Options.CriuWorkPath,
            Stdio = stdio.ChildEnds,
        };
        using IDisposable hold = Services.Orphans.Hold();
        Pid = await Container.CallRuntimeAsync(
            token => runtime.RestoreAsync(Container.Runtime, restore, token), cancellationToken).ConfigureAwait(false);
        await stdio.AttachAsync(cancellationToken).ConfigureAwait(false);
        Container.LoadCgroup(Pid);
        _exit.WatchOom();
        EnterRunning();
        Follow();
    }

    private void EnterRunning()
    {
        lock (Container.Sync)
        {
            if (State is not (ProcessState.Created or ProcessState.CreatedFromCheckpoint))
            {
                throw ShimException.Unknown("OCI runtime start failed: cannot start a container that has stopped");
            }

            State = ProcessState.Running;
            Services.Events.Append(new TaskStartedEvent(Container.Id, Pid));
        }
    }

    private void Follow()
    {
        try
        {
            Watch = Services.Monitor.Watch(Pid);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            Services.Logger.StatusLost(Container.Id, Id, Pid);
        }

        _ = FollowAsync(Watch);
    }

    private async Task FollowAsync(IProcessWatch? watch)
    {
        ProcessExit exit = watch is null
            ? new ProcessExit(Pid, 255, Services.Time.GetUtcNow())
            : await watch.Exited.ConfigureAwait(false);
        NoteExit();
        await StartReturnedAsync().ConfigureAwait(false);
        await _exit.SettleAsync().ConfigureAwait(false);
        lock (Container.Sync)
        {
            exit = exit with { OomKilled = _exit.AppendOom() };
            Exit = exit;
            State = ProcessState.Stopped;
            Watch = null;
            Container.Execs.Seal();
            Services.Events.Append(new TaskExitedEvent(Container.Id, Id, exit));
        }

        CompleteWait(new WaitResult(exit.ExitCode, exit.ExitedAt));
        watch?.Dispose();
        Services.Bundles.RecordExit(Container.Bundle, exit);
        Services.Logger.ProcessEnded(Container.Id, Id, exit.ExitCode, exit.Pid);
    }

    /// <summary>
    /// A process that ends while the start call is still under way is reported as started first. A call that hangs after the end is
    /// cut short: there is nothing left for it to do.
    /// </summary>
    private async Task StartReturnedAsync()
    {
        Task starting;
        CancellationTokenSource? limit;
        lock (Container.Sync)
        {
            if (_starting is null)
            {
                return;
            }

            starting = _starting.Task;
            limit = _startLimit;
        }

        try
        {
            await starting.WaitAsync(Services.Timeouts.StartReturnGrace, Services.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            await CutShortAsync(limit).ConfigureAwait(false);
            await starting.ConfigureAwait(false);
        }
    }

    private static async Task CutShortAsync(CancellationTokenSource? limit)
    {
        try
        {
            await (limit?.CancelAsync() ?? Task.CompletedTask).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The call has just returned.
        }
    }

    private void Transition(Operation operation, ProcessState to)
    {
        lock (Container.Sync)
        {
            StateRules.DemandInit(State, operation);
            State = to;
        }
    }

    /// <summary>Moves on and logs, unless the process has ended meanwhile.</summary>
    private void Move(ProcessState from, ProcessState to, ShimEvent? shimEvent)
    {
        lock (Container.Sync)
        {
            if (State != from)
            {
                return;
            }

            State = to;
            if (shimEvent is not null)
            {
                Services.Events.Append(shimEvent);
            }
        }
    }
}
