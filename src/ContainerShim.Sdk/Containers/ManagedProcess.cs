using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>What an init process and an exec have in common. The container's lock guards the fields; it is never held across a wait.</summary>
internal abstract partial class ManagedProcess(Container container, string id, StdioPaths paths)
{
    protected const int SigKill = 9;

    /// <summary>The status of a process whose own cannot be had.</summary>
    private const int StatusUnknown = 255;

    private static readonly TimeSpan _watchRetryDelay = TimeSpan.FromMilliseconds(100);

    private TaskCompletionSource<WaitResult> _ended = new(container.Services.Completions);
    private Task _exitKnown = Task.CompletedTask;
    private Task _followed = Task.CompletedTask;
    private bool _stdinClosed;

    /// <summary>The container id, or the exec id.</summary>
    public string Id { get; } = id;

    /// <summary>The streams as they were requested.</summary>
    public StdioPaths Paths { get; } = paths;

    /// <summary>Ends when the process has ended and its exit is logged.</summary>
    public Task<WaitResult> Ended => _ended.Task;

    /// <summary>Ends when an exit that is known has been reported; at once where none is known yet.</summary>
    public Task Reported
    {
        get
        {
            lock (Container.Sync)
            {
                return _exitKnown.IsCompletedSuccessfully ? _followed : Task.CompletedTask;
            }
        }
    }

    /// <summary>0 before the process exists.</summary>
    public int Pid { get; protected set; }

    public ProcessState State { get; protected set; }

    public ProcessExit? Exit { get; protected set; }

    /// <summary>What became of the output so far, a stream each.</summary>
    public IReadOnlyList<StreamCounters> Streams
    {
        get
        {
            lock (Container.Sync)
            {
                return Stdio?.Counters ?? [];
            }
        }
    }

    protected Container Container { get; } = container;

    protected EngineServices Services => Container.Services;

    protected IProcessStdio? Stdio { get; private set; }

    protected IProcessWatch? Watch { get; set; }

    public StateResult ToStateResult(ProcessState shown) => new()
    {
        Id = Id,
        Bundle = Container.Bundle,
        Pid = Pid,
        Status = StateRules.ToStatus(shown),
        Stdio = Paths,
        ExitCode = Exit?.ExitCode ?? 0,
        ExitedAt = Exit?.ExitedAt,
    };

    public void CloseStdin()
    {
        IProcessStdio? stdio;
        lock (Container.Sync)
        {
            _stdinClosed = true;
            stdio = Stdio;
        }

        stdio?.CloseStdin();
    }

    protected async Task<IProcessStdio> OpenStdioAsync(CancellationToken cancellationToken) =>
        Connect(await Services.Stdio.OpenAsync(StdioRequest, cancellationToken).ConfigureAwait(false));

    /// <summary>What the streams are opened from, and opened again from by a later engine.</summary>
    protected StdioRequest StdioRequest => new()
    {
        Paths = Paths,
        Key = StdioRequest.KeyOf(Services.ContainerdNamespace, Container.Id, Id),
        ProcessId = Id,
        ContainerdNamespace = Services.ContainerdNamespace,
        Annotations = Container.Annotations,
        Uid = Container.Runtime.Options.IoUid,
        Gid = Container.Runtime.Options.IoGid,
    };

    /// <summary>Takes connected streams over.</summary>
    protected IProcessStdio Connect(IProcessStdio stdio)
    {
        bool closeStdin;
        lock (Container.Sync)
        {
            Stdio = stdio;
            closeStdin = _stdinClosed;
        }

        if (closeStdin)
        {
            stdio.CloseStdin();
        }

        return stdio;
    }

    /// <summary>Closes the streams, if they are open; what is left in them is dropped.</summary>
    public async Task DisposeStdioAsync()
    {
        IProcessStdio? stdio;
        lock (Container.Sync)
        {
            stdio = Stdio;
            Stdio = null;
        }

        if (stdio is not null)
        {
            await stdio.DisposeAsync().ConfigureAwait(false);
        }
    }

    /// <summary>Passes on what the process left in its pipes, within the drain time, and closes them.</summary>
    protected async Task DrainStdioAsync()
    {
        if (Stdio is { } stdio)
        {
            using CancellationTokenSource limit = new(Services.Timeouts.Drain, Services.Time);
            try
            {
                await stdio.DrainAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                Services.Logger.DrainTimedOut(Container.Id, Id);
            }
        }

        await DisposeStdioAsync().ConfigureAwait(false);
    }

    /// <summary>Lets a terminal's output end: the hang-up of the last process alone does not say so.</summary>
    protected void NoteExit()
    {
        IProcessStdio? stdio;
        lock (Container.Sync)
        {
            stdio = Stdio;
        }

        try
        {
            stdio?.NoteExit();
        }
#pragma warning disable CA1031 // the exit is reported whatever else fails
        catch (Exception e)
#pragma warning restore CA1031
        {
            Services.Logger.ExitHandlingFailed(e, Container.Id, Id);
        }
    }

    /// <summary>
    /// Begins to watch a process, after its start is logged, so that its exit cannot overtake it. Null when the process is gone and its
    /// status with it. While no descriptor is to be had it tries again: the exit of a process that nobody watches is never reported.
    /// </summary>
    protected async Task<IProcessWatch?> WatchAsync(int pid)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                IProcessWatch watch = Services.Monitor.Watch(pid);
                lock (Container.Sync)
                {
                    Watch = watch;
                }

                return watch;
            }
            catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
            {
                Services.Logger.StatusLost(Container.Id, Id, pid);
                return null;
            }
            catch (ShimException e) when (e.Code == ShimErrorCode.ResourceExhausted)
            {
                if (attempt == 1)
                {
                    Services.Logger.WatchDelayed(e, Container.Id, Id, pid);
                }
            }

            await Task.Delay(_watchRetryDelay, Services.Time).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Waits for the exit of a process, and reports it. Where the monitor is disposed of first, nothing is reported: the exit is a later
    /// engine's to learn of.
    /// </summary>
    protected async Task FollowToEndAsync(int pid, IProcessWatch? watch, Func<ProcessExit, Task> reportAsync, Action? onForgotten = null)
    {
        Task<ProcessExit> known = watch?.Exited ?? Task.FromResult(new ProcessExit(pid, StatusUnknown, Services.Time.GetUtcNow()));
        TaskCompletionSource followed = new(Services.Completions);
        lock (Container.Sync)
        {
            _exitKnown = known;
            _followed = followed.Task;
        }

        try
        {
            ProcessExit exit;
            try
            {
                exit = await known.ConfigureAwait(false);
            }
            catch (ObjectDisposedException)
            {
                onForgotten?.Invoke();
                return;
            }

            await reportAsync(exit).ConfigureAwait(false);
        }
        finally
        {
            followed.SetResult();
        }
    }

    protected void Resize(int width, int height)
    {
        IProcessStdio? stdio;
        lock (Container.Sync)
        {
            stdio = Stdio;
        }

        stdio?.Resize(width, height);
    }

    /// <summary>Lets later waiters wait again: a start that failed is tried once more. Called under the lock.</summary>
    protected void RenewWait()
    {
        if (_ended.Task.IsCompleted)
        {
            _ended = new TaskCompletionSource<WaitResult>(Services.Completions);
        }
    }

    /// <summary>Lets the waiters go. To be called outside the lock.</summary>
    protected void CompleteWait(WaitResult result) => _ended.TrySetResult(result);

    /// <summary>Ends and reaps a process that nobody was told of. One that cannot die now, as it is frozen, is reaped when it does.</summary>
    protected async Task CollectUnreportedAsync(IProcessWatch? watch)
    {
        if (watch is not null)
        {
            try
            {
                watch.Signal(SigKill);
            }
            catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
            {
                // It has ended already; what remains is to reap it.
            }

            try
            {
                await ReapAsync(watch).WaitAsync(Services.Timeouts.KillUnreported, Services.Time).ConfigureAwait(false);
            }
            catch (TimeoutException)
            {
                Services.Logger.UnreportedLives(Container.Id, Id, watch.Pid);
            }

            lock (Container.Sync)
            {
                Watch = null;
            }
        }

        await DisposeStdioAsync().ConfigureAwait(false);
    }

    private static async Task ReapAsync(IProcessWatch watch)
    {
        using (watch)
        {
            await watch.Exited.ConfigureAwait(false);
        }
    }
}
