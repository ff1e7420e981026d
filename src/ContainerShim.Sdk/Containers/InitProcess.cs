using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>The first process of a container, whose life is the container's.</summary>
internal sealed partial class InitProcess(Container container, CreateTaskRequest request) : ManagedProcess(container, request.Id, request.Stdio)
{
    private readonly InitExit _exit = new(container);
    private readonly CallAftermath _aftermath = new(container);
    private readonly ForcedKill _forcedKill = new(container);

    private bool IsRestored => request.Checkpoint.Length > 0;

    /// <summary>Whether the runtime was told to make the process, whatever it said.</summary>
    public bool MayBeMade { get; private set; }

    /// <summary>Has the runtime make the process, or for a restore only what it needs. Nothing is logged yet.</summary>
    public async Task MakeAsync(CancellationToken cancellationToken)
    {
        IProcessStdio stdio = await OpenStdioAsync(cancellationToken).ConfigureAwait(false);
        if (IsRestored)
        {
            State = ProcessState.CreatedFromCheckpoint;
            return;
        }

        MayBeMade = true;
        Pid = await Container.CallRuntimeAsync(
            token => Services.Runtime.CreateAsync(Container.Runtime, stdio.ChildEnds, token), cancellationToken).ConfigureAwait(false);
        try
        {
            await stdio.AttachAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            // A runtime that sent no console need not know what it made.
            await CollectUnreportedAsync(await WatchAsync(Pid).ConfigureAwait(false)).ConfigureAwait(false);
            throw;
        }

        Container.LoadCgroup(Pid);
    }

    /// <summary>Logs the creation. Called under the lock.</summary>
    public void LogCreated() => Services.Events.Append(new TaskCreatedEvent(Container.Id)
    {
        Bundle = Container.Bundle,
        Rootfs = request.Rootfs,
        Stdio = Paths,
        Checkpoint = request.Checkpoint,
        Pid = Pid,
    });

    /// <summary>Begins to watch the process, if there is one yet. To be called when its creation or start is logged, which its exit cannot overtake then.</summary>
    public async Task FollowAsync()
    {
        _exit.WatchOom();
        if (Pid != 0)
        {
            IProcessWatch? watch = await WatchAsync(Pid).ConfigureAwait(false);
            _ = ReportExitAsync(watch);
        }
    }

    public async Task PauseAsync(CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await Container.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        Transition(Operation.Pause, ProcessState.Pausing);
        try
        {
            await Services.Runtime.PauseAsync(Container.Runtime, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            Move(ProcessState.Pausing, ProcessState.Running, null);
            Container.ThawIfStray();
            throw;
        }

        Move(ProcessState.Pausing, ProcessState.Paused, new TaskPausedEvent(Container.Id));
    }

    public async Task ResumeAsync(CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await Container.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        Demand(Operation.Resume);
        try
        {
            await Services.Runtime.ResumeAsync(Container.Runtime, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ShimException && RunsThoughPaused())
        {
            // It had done its work; left as paused, the container could never be resumed.
        }

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
        using ExitHold? hold = checkpoint.Exit ? HoldExit(Operation.Checkpoint, null) : null;
        Demand(Operation.Checkpoint);
        if (Services.Runtime is not ICheckpointableRuntime { CanCheckpoint: true } runtime)
        {
            throw ShimException.Unimplemented("the runtime cannot checkpoint");
        }

        await Container.CallRuntimeAsync(
            token => Container.DumpAsync(() => runtime.CheckpointAsync(Container.Runtime, checkpoint, token)), cancellationToken).ConfigureAwait(false);
        lock (Container.Sync)
        {
            if (State != ProcessState.Stopped)
            {
                Services.Events.Append(new TaskCheckpointedEvent(Container.Id, checkpoint.ImagePath));
            }
        }
    }

    /// <summary>
    /// Signals through the runtime, past the gate: a call that hangs must not keep a container from being killed. SIGKILL is sent without
    /// the runtime where that hangs or fails.
    /// </summary>
    public async Task KillAsync(int signal, bool all, CancellationToken cancellationToken)
    {
        Demand(Operation.Kill);
        if (signal != SigKill)
        {
            await Container.CallRuntimeAsync(
                token => Services.Runtime.KillAsync(Container.Runtime, signal, all, token), cancellationToken).ConfigureAwait(false);
            return;
        }

        await _forcedKill.KillAsync(all, cancellationToken).ConfigureAwait(false);
        if (Container.Cgroup is { IsFrozen: true } cgroup)
        {
            // With cgroup v1 it dies once it is thawed, which runc does since 1.1, and crun does not.
            cgroup.Thaw();
        }
    }

    /// <summary>Whether the process is watched and has not ended after a time.</summary>
    public async Task<bool> OutlivesAsync(TimeSpan time, CancellationToken cancellationToken)
    {
        IProcessWatch? watch;
        lock (Container.Sync)
        {
            watch = Watch;
        }

        if (watch is null)
        {
            return false;
        }

        try
        {
            await watch.Exited.WaitAsync(time, Services.Time, cancellationToken).ConfigureAwait(false);
            return false;
        }
        catch (TimeoutException)
        {
            return true;
        }
    }

    /// <summary>Sends SIGKILL by the descriptor that is open; false where there is none.</summary>
    /// <exception cref="ShimException">NotFound: the process has ended.</exception>
    public bool TrySignalKill()
    {
        IProcessWatch? watch;
        lock (Container.Sync)
        {
            if (State is ProcessState.Stopped or ProcessState.Deleted)
            {
                throw ShimException.NotFound("process already finished");
            }

            watch = Watch;
        }

        watch?.Signal(SigKill);
        return watch is not null;
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

        try
        {
            await Ended.WaitAsync(Services.Timeouts.KillCreated, Services.Time, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException e)
        {
            throw ShimException.DeadlineExceeded("the killed init process has not ended", e);
        }
    }

    public Task DrainAsync() => DrainStdioAsync();

    /// <summary>Marks the container as gone and tells so.</summary>
    public DeleteResult Deleted()
    {
        lock (Container.Sync)
        {
            State = ProcessState.Deleted;
            Services.Events.Append(new TaskDeletedEvent(Container.Id) { Pid = Pid, ExitCode = Exit?.ExitCode ?? 0, ExitedAt = Exit?.ExitedAt });
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

    private Task ReportExitAsync(IProcessWatch? watch) => FollowToEndAsync(Pid, watch, exit => ReportExitAsync(exit, watch));

    private async Task ReportExitAsync(ProcessExit exit, IProcessWatch? watch)
    {
        NoteExit();
        await HoldEndedAsync().ConfigureAwait(false);
        await _exit.SettleAsync().ConfigureAwait(false);
        lock (Container.Sync)
        {
            exit = exit with { OomKilled = exit.OomKilled | _exit.AppendOom() };
        }

        Record(exit);
        lock (Container.Sync)
        {
            Exit = exit;
            State = ProcessState.Stopped;
            Watch = null;
            Container.Execs.Seal();
            Services.Events.Append(new TaskExitedEvent(Container.Id, Id, exit));
        }

        CompleteWait(new WaitResult(exit.ExitCode, exit.ExitedAt));
        Services.Bundles.RecordExit(Container.Bundle, exit);
        watch?.Dispose();
        Services.Logger.ProcessEnded(Container.Id, Id, exit.ExitCode, exit.Pid);
    }

    private bool RunsThoughPaused()
    {
        bool paused;
        lock (Container.Sync)
        {
            paused = State == ProcessState.Paused;
        }

        return paused && Container.Cgroup is { IsFrozen: false };
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
