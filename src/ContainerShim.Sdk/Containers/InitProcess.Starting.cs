using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>How an init process is started or restored, and that its start is told before its exit.</summary>
internal sealed partial class InitProcess
{
    private ExitHold? _hold;
    private bool _startCutShort;
    private bool _wasAwaited;
    private bool _startIsTold;

    /// <summary>Starts the process, or restores it. Point of no return: the call of the runtime.</summary>
    public async Task<StartResult> StartAsync(CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await Container.Gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        using CancellationTokenSource limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        using ExitHold hold = HoldExit(Operation.Start, limit);
        await (State == ProcessState.CreatedFromCheckpoint ? RestoreAsync(limit.Token) : RunAsync(limit.Token)).ConfigureAwait(false);
        return new StartResult(Pid);
    }

    private async Task RunAsync(CancellationToken cancellationToken)
    {
        _wasAwaited = AwaitsStart();
        try
        {
            await Container.CallRuntimeAsync(
                token => Services.Runtime.StartAsync(Container.Runtime, token), cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (e is OperationCanceledException or ShimException)
        {
            if (!IsStartTold() && !await HasDoneItsWorkAsync(e).ConfigureAwait(false))
            {
                throw;
            }
        }

        EnterRunning();
    }

    /// <summary>Whether a start call that was ended early had let the process go.</summary>
    /// <exception cref="ShimException">The process has ended without having run.</exception>
    private async Task<bool> HasDoneItsWorkAsync(Exception failure)
    {
        if (failure is not (OperationCanceledException or ShimException { Code: ShimErrorCode.DeadlineExceeded }))
        {
            return false;
        }

        if (HasRun())
        {
            return true;
        }

        return _startCutShort ? throw HasStopped() : await _aftermath.RunsAsync().ConfigureAwait(false);
    }

    private async Task RestoreAsync(CancellationToken cancellationToken)
    {
        if (Services.Runtime is not ICheckpointableRuntime { CanCheckpoint: true } runtime || Stdio is not { } stdio)
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
        int pid;
        try
        {
            pid = await Container.CallRuntimeAsync(
                token => runtime.RestoreAsync(Container.Runtime, restore, token), cancellationToken).ConfigureAwait(false);
            await stdio.AttachAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception)
        {
            // Where the id is taken, the container that has it is not the one of this call.
            if (exception is not ShimException { Code: ShimErrorCode.AlreadyExists })
            {
                await _aftermath.RemoveAsync().ConfigureAwait(false);
            }

            throw;
        }

        Pid = pid;
        Container.LoadCgroup(Pid);
        EnterRunning();
        await FollowAsync().ConfigureAwait(false);
    }

    private void EnterRunning()
    {
        lock (Container.Sync)
        {
            if (_startIsTold)
            {
                return;
            }

            if (State is not (ProcessState.Created or ProcessState.CreatedFromCheckpoint))
            {
                throw HasStopped();
            }

            State = ProcessState.Running;
            Services.Events.Append(new TaskStartedEvent(Container.Id, Pid));
        }

        Record(RecordPhase.Running);
    }

    private static ShimException HasStopped() =>
        ShimException.IllegalState("OCI runtime start failed: cannot start a container that has stopped");

    /// <summary>Begins an operation that is to be reported before the exit that it may bring about.</summary>
    private ExitHold HoldExit(Operation operation, CancellationTokenSource? limit)
    {
        lock (Container.Sync)
        {
            StateRules.DemandInit(State, operation);
            return _hold = new ExitHold(Services.Completions, limit);
        }
    }

    /// <summary>
    /// A process that ends while its start call is still under way is reported as started first. If it has run, that is done here when
    /// the call does not return in time, as it may still run hooks. Else the call hangs: it is cut short, as there is nothing left for it to
    /// do; if it hangs even so, the exit goes first and the call comes too late.
    /// </summary>
    private async Task HoldEndedAsync()
    {
        ExitHold? hold;
        lock (Container.Sync)
        {
            hold = _hold;
        }

        if (hold is null || await hold.EndsWithinAsync(Services.Timeouts.StartReturnGrace, Services.Time).ConfigureAwait(false))
        {
            return;
        }

        if (TellStartOfWhatRan())
        {
            _ = CutShortLaterAsync(hold);
            return;
        }

        _startCutShort = true;
        hold.CutShort();
        await hold.EndsWithinAsync(Services.Timeouts.StartReturnGrace, Services.Time).ConfigureAwait(false);
    }

    /// <summary>Whether the start of a process that is being started is told, since it is seen to have run.</summary>
    private bool TellStartOfWhatRan()
    {
        bool isStarting;
        lock (Container.Sync)
        {
            isStarting = State == ProcessState.Created;
        }

        if (!isStarting || !HasRun())
        {
            return false;
        }

        lock (Container.Sync)
        {
            if (State == ProcessState.Created)
            {
                State = ProcessState.Running;
                _startIsTold = true;
                Services.Events.Append(new TaskStartedEvent(Container.Id, Pid));
            }
        }

        return true;
    }

    /// <summary>The container cannot be deleted while the call is under way, so even hooks have their limit.</summary>
    private async Task CutShortLaterAsync(ExitHold hold)
    {
        if (!await hold.EndsWithinAsync(Services.Timeouts.StartReturnLimit, Services.Time).ConfigureAwait(false))
        {
            hold.CutShort();
        }
    }

    private bool IsStartTold()
    {
        lock (Container.Sync)
        {
            return _startIsTold;
        }
    }

    private bool HasRun() => _wasAwaited && !AwaitsStart();

    private bool AwaitsStart()
    {
        try
        {
            return Services.Runtime is IStartWitness witness && witness.AwaitsStart(Container.Runtime);
        }
#pragma warning disable CA1031 // the exit is reported whatever else fails
        catch (Exception e)
#pragma warning restore CA1031
        {
            Services.Logger.ExitHandlingFailed(e, Container.Id, Id);
            return false;
        }
    }
}
