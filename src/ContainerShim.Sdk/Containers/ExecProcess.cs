using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>A further process of a container.</summary>
internal sealed partial class ExecProcess(Container container, ExecRequest request)
    : ManagedProcess(container, request.ExecId, request.Stdio)
{
    /// <summary>The status that waiters get for an exec that could not be started.</summary>
    private const int NeverRan = 255;

    private readonly OperationGate _gate = new(container.Services.Completions);

    /// <summary>Runs the process. Point of no return: the call of the runtime; it fails or the process is reported as started.</summary>
    public async Task<StartResult> StartAsync(CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        lock (Container.Sync)
        {
            StateRules.DemandExec(State, Operation.Start);
            if (!Container.Execs.TryBegin())
            {
                throw ShimException.FailedPrecondition($"container {Container.Id} init process is not running", ShimErrorReason.IllegalState);
            }

            RenewWait();
        }

        int pid = 0;
        try
        {
            using IDisposable hold = Services.Orphans.Hold();
            pid = await LaunchAsync(cancellationToken).ConfigureAwait(false);
            bool reported = EnterRunning(pid);
            IProcessWatch? watch = await WatchAsync(pid).ConfigureAwait(false);
            if (reported)
            {
                Record(RecordPhase.Running);
                _ = FollowAsync(pid, watch);
                return new StartResult(pid);
            }

            await CollectUnreportedAsync(watch).ConfigureAwait(false);
            CompleteWait(new WaitResult(NeverRan, null));
        }
        finally
        {
            if (pid == 0)
            {
                LeaveStarting();
                await DisposeStdioAsync().ConfigureAwait(false);
                CompleteWait(new WaitResult(NeverRan, null));
            }
        }

        throw ShimException.FailedPrecondition($"container {Container.Id} init process is not running", ShimErrorReason.IllegalState);
    }

    public void Kill(int signal)
    {
        IProcessWatch? watch;
        lock (Container.Sync)
        {
            StateRules.DemandExec(State, Operation.Kill);
            watch = Watch;
            if (watch is null && State != ProcessState.Stopped)
            {
                throw ShimException.FailedPrecondition("process not created", ShimErrorReason.IllegalState);
            }
        }

        if (watch is null)
        {
            throw ShimException.NotFound("process already finished");
        }

        watch.Signal(signal);
    }

    public void ResizePty(int width, int height)
    {
        lock (Container.Sync)
        {
            StateRules.DemandExec(State, Operation.Resize);
        }

        Resize(width, height);
    }

    public async Task<DeleteResult> DeleteAsync(CancellationToken cancellationToken)
    {
        using OperationGate.Pass pass = await _gate.EnterAsync(cancellationToken).ConfigureAwait(false);
        lock (Container.Sync)
        {
            StateRules.DemandExec(State, Operation.Delete);
        }

        await DrainStdioAsync().ConfigureAwait(false);
        Services.Bundles.RemoveExecFiles(Container.Bundle, Id);
        Services.Records.RemoveExec(Container.Id, Container.Bundle, Id);
        lock (Container.Sync)
        {
            State = ProcessState.Deleted;
        }

        Container.Remove(this);
        CompleteWait(new WaitResult(NeverRan, null));
        return new DeleteResult(Pid, Exit?.ExitCode ?? 0, Exit?.ExitedAt);
    }

    /// <summary>The container goes and takes this exec along.</summary>
    public async Task AbandonAsync()
    {
        await DisposeStdioAsync().ConfigureAwait(false);
        CompleteWait(new WaitResult(NeverRan, null));
    }

    private async Task<int> LaunchAsync(CancellationToken cancellationToken)
    {
        IProcessStdio stdio = await OpenStdioAsync(cancellationToken).ConfigureAwait(false);
        RuntimeExec exec = new() { ExecId = Id, ProcessSpec = ProcessTerminal.Set(request.ProcessSpec, Paths.Terminal), Stdio = stdio.ChildEnds };
        int pid;
        try
        {
            pid = await Container.CallRuntimeAsync(
                token => Services.Runtime.ExecAsync(Container.Runtime, exec, token), cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await EndUntoldAsync().ConfigureAwait(false);
            throw;
        }

        try
        {
            await stdio.AttachAsync(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            await CollectUnreportedAsync(await WatchAsync(pid).ConfigureAwait(false)).ConfigureAwait(false);
            throw;
        }

        return pid;
    }

    /// <summary>
    /// Ends what a runtime call that did not end well may have left running, of which nobody would ever tell. Its pid file names it, and
    /// its cgroup proves that the pid is not another's by now.
    /// </summary>
    private async Task EndUntoldAsync()
    {
        try
        {
            if (Services.Bundles.ReadExecPid(Container.Bundle, Id) is not (> 0 and int pid) || pid == Container.Init.Pid)
            {
                return;
            }

            IProcessWatch watch = Services.Monitor.Watch(pid);
            if (Container.Cgroup?.Processes().Contains(pid) == true)
            {
                await CollectUnreportedAsync(watch).ConfigureAwait(false);
            }
            else
            {
                watch.Dispose();
            }
        }
#pragma warning disable CA1031 // the failure of the call is the one to report
        catch (Exception e)
#pragma warning restore CA1031
        {
            Services.Logger.CleanUpFailed(e, Container.Id, "exec " + Id);
        }
    }

    /// <summary>Logs the start, unless init's exit has been logged before.</summary>
    private bool EnterRunning(int pid)
    {
        lock (Container.Sync)
        {
            if (!Container.Execs.TryEnter(started: true))
            {
                return false;
            }

            Pid = pid;
            State = ProcessState.Running;
            Services.Events.Append(new ExecStartedEvent(Container.Id, Id, pid));
            return true;
        }
    }

    private void LeaveStarting()
    {
        lock (Container.Sync)
        {
            Container.Execs.TryEnter(started: false);
        }
    }

    private Task FollowAsync(int pid, IProcessWatch? watch) => FollowToEndAsync(
        pid,
        watch,
        exit =>
        {
            Report(exit, watch);
            return Task.CompletedTask;
        },
        onForgotten: () =>
        {
            lock (Container.Sync)
            {
                // The exit of init is not to wait for what nobody will learn.
                Container.Execs.Leave();
            }
        });

    private void Report(ProcessExit exit, IProcessWatch? watch)
    {
        NoteExit();
        Record(exit);
        lock (Container.Sync)
        {
            Exit = exit;
            State = ProcessState.Stopped;
            Watch = null;
            if (Container.Init.State != ProcessState.Deleted)
            {
                // Not even SIGKILL had ended it before its container was deleted. Its exit would be taken for that of a successor's exec.
                Services.Events.Append(new TaskExitedEvent(Container.Id, Id, exit));
            }

            Container.Execs.Leave();
        }

        watch?.Dispose();
        CompleteWait(new WaitResult(exit.ExitCode, exit.ExitedAt));
        Services.Logger.ProcessEnded(Container.Id, Id, exit.ExitCode, exit.Pid);
    }
}
