using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Processes;

/// <summary>One process under a <see cref="PidfdProcessMonitor"/>. It is looked at on the reactor's thread only.</summary>
/// <remarks>
/// Where another process is the parent, the status of a container's process is read and the process collected only when the watch is
/// disposed: until its exit is recorded, an engine that takes over can read it once more.
/// </remarks>
/// <param name="monitor">The monitor.</param>
/// <param name="parent">Who is asked for the status of what is no child of this process; null for nobody.</param>
/// <param name="pid">The process.</param>
/// <param name="pidfd">The process; owned.</param>
/// <param name="isOwn">Whether the engine's spawner made it, so that it is collected whatever becomes of the watch.</param>
internal sealed class PidfdWatch(PidfdProcessMonitor monitor, IStatusSource? parent, int pid, SafeFd pidfd, bool isOwn) : IProcessGroupWatch
{
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private IReactorRegistration? _registration;
    private volatile bool _released;
    private volatile bool _isCompleting;
    private bool _wasWoken;
    private bool _isAsking;
    private bool _isLeftZombie;

    /// <inheritdoc/>
    public int Pid => pid;

    /// <summary>Whether the engine's spawner made it.</summary>
    internal bool IsOwn => isOwn;

    /// <inheritdoc/>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <inheritdoc/>
    public void Signal(int signal) => Send(signal, Libc.PidfdSendSignal);

    /// <inheritdoc/>
    public void SignalGroup(int signal) => Send(signal, (pidfd, number) => monitor.SignalGroup(pid, pidfd, number));

    /// <inheritdoc/>
    public void Dispose()
    {
        if (isOwn && !Exited.IsCompleted)
        {
            return;
        }

        monitor.Remove(this);
        if (Release())
        {
            monitor.Unpin(this);
        }

        EndWithoutExit();
    }

    /// <summary>Ends with the monitor. Whoever takes the process over may still learn of its exit.</summary>
    internal void Abandon()
    {
        Release();
        EndWithoutExit();
    }

    internal void Begin(IReactor reactor)
    {
        lock (_lock)
        {
            // Its first callback may come before this is set, and waits for the lock then.
            _registration = reactor.Register(pidfd, PollEvents.Readable, OnReady);
        }
    }

    /// <summary>Takes the status if there is one, or asks for it.</summary>
    internal void Look()
    {
        if (_released || _isAsking || Exited.IsCompleted)
        {
            return;
        }

        try
        {
            if (monitor.Collect(this, pidfd, out SignalInfo child, out IReadOnlyList<PidfdWatch> others) == 0)
            {
                if (child.Pid != 0)
                {
                    foreach (PidfdWatch other in others)
                    {
                        other.CompleteWith(child.ExitCode);
                    }

                    Complete(child.ExitCode);
                }
            }
            else if (parent is null)
            {
                LookElsewhere();
            }
            else if (Libc.PollNow(pidfd, PollEvents.Readable) != PollEvents.None)
            {
                _isAsking = true;
                SetInterest(PollEvents.None);
                parent.Ask(pidfd, leaveZombie: !isOwn, OnAnswer);
            }
        }
        catch (ObjectDisposedException)
        {
            // Disposed by another thread at this moment.
        }
    }

    /// <summary>Whether the process has been collected, whatever has its pid now.</summary>
    internal bool IsGone()
    {
        try
        {
            return Libc.PidfdSendSignal(pidfd, 0) == Errno.ESRCH;
        }
        catch (ObjectDisposedException)
        {
            return true;
        }
    }

    /// <summary>Closes what it has. Returns whether this call did so, and the process is still its parent's to collect.</summary>
    internal bool Release()
    {
        bool isLeftZombie;
        lock (_lock)
        {
            if (_released)
            {
                return false;
            }

            _released = true;
            _registration?.Dispose();
            isLeftZombie = _isLeftZombie;
            if (isLeftZombie)
            {
                parent!.Collect(pidfd);
            }
        }

        pidfd.Dispose();
        return !isLeftZombie;
    }

    private void EndWithoutExit()
    {
        if (!_isCompleting && _exited.TrySetException(new ObjectDisposedException(nameof(IProcessMonitor), $"Process {pid} is not watched any more.")))
        {
            // Most often nobody waits.
            _ = _exited.Task.Exception;
        }
    }

    private void Send(int signal, Func<SafeFd, int, int> send)
    {
        int error;
        try
        {
            error = Exited.IsCompleted ? Errno.ESRCH : send(pidfd, signal);
        }
        catch (ObjectDisposedException)
        {
            error = Errno.ESRCH;
        }

        if (error != 0)
        {
            throw error switch
            {
                Errno.ESRCH => ShimException.NotFound("process already finished"),
                Errno.EINVAL => ShimException.InvalidArgument($"signal {signal}"),
                _ => new LinuxException(error, $"kill {pid}").ToShimException(),
            };
        }
    }

    private void OnAnswer(StatusAnswer answer)
    {
        _isAsking = false;
        if (_released)
        {
            return;
        }

        if (answer.Kind == StatusAnswerKind.Ended)
        {
            Complete(answer.ExitCode, isLeftZombie: !isOwn);
            return;
        }

        try
        {
            if (answer.Kind == StatusAnswerKind.NoChild)
            {
                LookElsewhere();
            }
        }
        catch (ObjectDisposedException)
        {
            return;
        }

        if (!Exited.IsCompleted)
        {
            LingerOn();
        }
    }

    private void OnReady(PollEvents events)
    {
        if (monitor.LosesWakeUp?.Invoke(pid) == true)
        {
            SetInterest(PollEvents.None);
            return;
        }

        _wasWoken = true;
        Look();
        if (!_isAsking && !_released && !Exited.IsCompleted)
        {
            LingerOn();
        }
    }

    /// <summary>
    /// A zombie of another parent: readable all the time. The hang-up tells that it has been collected (Linux 6.15); before, or when that
    /// parent dies and the zombie becomes ours, the audit finds out.
    /// </summary>
    private void LingerOn()
    {
        SetInterest(PollEvents.HangUp);
        monitor.LookAgainSoon();
    }

    private void SetInterest(PollEvents interest)
    {
        lock (_lock)
        {
            // None yet when the audit comes before the registration.
            _registration?.Interest = interest;
        }
    }

    /// <summary>Another watch of the same process has taken the one status that there is.</summary>
    private void CompleteWith(int exitCode)
    {
        _wasWoken = true;
        Complete(exitCode);
    }

    /// <summary>Not our child, or collected by somebody else in this process.</summary>
    private void LookElsewhere()
    {
        // Asked in this order, since one that is gone may be so only since the first look.
        bool gone = Libc.PidfdSendSignal(pidfd, 0) == Errno.ESRCH;
        if (Libc.TryGetPidfdInfo(pidfd, PidfdInfo.ExitMask, out PidfdInfo info) && info.HasExit)
        {
            Complete(info.ExitCode);
        }
        else if (gone)
        {
            monitor.ReportStatusLost(pid);
            Complete(255);
        }
    }

    private void Complete(int exitCode, bool isLeftZombie = false)
    {
        _isCompleting = true;
        monitor.Remove(this);
        if (!_wasWoken)
        {
            monitor.ReportWakeUpLost(pid);
        }

        lock (_lock)
        {
            _isLeftZombie = isLeftZombie && !_released;
        }

        if (!isLeftZombie && Release())
        {
            monitor.Unpin(this);
        }

        _exited.TrySetResult(monitor.MakeExit(pid, exitCode));
    }
}
