using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Processes;

/// <summary>One process under a <see cref="PidfdProcessMonitor"/>. It is looked at on the reactor's thread only.</summary>
internal sealed class PidfdWatch(PidfdProcessMonitor monitor, int pid, SafeFd pidfd, bool collectAfterDisposal) : IProcessWatch
{
    private readonly TaskCompletionSource<ProcessExit> _exited = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private IReactorRegistration? _registration;
    private volatile bool _released;

    /// <inheritdoc/>
    public int Pid => pid;

    /// <inheritdoc/>
    public Task<ProcessExit> Exited => _exited.Task;

    /// <summary>Whether the kernel has told that the process ended, though its status may still be missing.</summary>
    internal bool WasWoken { get; private set; }

    /// <inheritdoc/>
    public void Signal(int signal)
    {
        int error;
        try
        {
            error = Exited.IsCompleted ? Errno.ESRCH : Libc.PidfdSendSignal(pidfd, signal);
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

    /// <inheritdoc/>
    public void Dispose()
    {
        if (collectAfterDisposal && !Exited.IsCompleted)
        {
            return;
        }

        monitor.Remove(this);
        Release();
    }

    internal void Begin(IReactor reactor)
    {
        lock (_lock)
        {
            // Its first callback may come before this is set, and waits for the lock then.
            _registration = reactor.Register(pidfd, PollEvents.Readable, OnReady);
        }
    }

    /// <summary>Takes the status if there is one. Returns whether that has completed the watch.</summary>
    internal bool Look()
    {
        if (_released)
        {
            return false;
        }

        int? exitCode;
        try
        {
            exitCode = ReadExitCode();
        }
        catch (ObjectDisposedException)
        {
            return false;
        }

        if (exitCode is null)
        {
            return false;
        }

        return Complete(monitor.MakeExit(pid, exitCode.Value));
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

    internal void Release()
    {
        lock (_lock)
        {
            _released = true;
            _registration?.Dispose();
        }

        pidfd.Dispose();
    }

    private void OnReady(PollEvents events)
    {
        if (monitor.LosesWakeUp?.Invoke(pid) == true)
        {
            SetInterest(PollEvents.None);
            return;
        }

        WasWoken = true;
        if (!Look() && !_released)
        {
            // A zombie of another parent: readable all the time. The hang-up tells that it has been collected (Linux 6.15); before, or
            // when that parent dies and the zombie becomes ours, the audit finds out.
            SetInterest(PollEvents.HangUp);
            monitor.LookAgainSoon();
        }
    }

    private void SetInterest(PollEvents interest)
    {
        lock (_lock)
        {
            _registration!.Interest = interest;
        }
    }

    private bool Complete(ProcessExit exit)
    {
        monitor.Remove(this);
        Release();
        return _exited.TrySetResult(exit);
    }

    private int? ReadExitCode()
    {
        int error = monitor.Collect(this, pidfd, out SignalInfo child, out IReadOnlyList<PidfdWatch> others);
        if (error == 0)
        {
            if (child.Pid == 0)
            {
                return null;
            }

            foreach (PidfdWatch other in others)
            {
                other.Complete(monitor.MakeExit(pid, child.ExitCode));
            }

            return child.ExitCode;
        }

        // Not our child, or collected by somebody else in this process. Asked in this order, since one that is gone may be so only since
        // the first look.
        bool gone = Libc.PidfdSendSignal(pidfd, 0) == Errno.ESRCH;
        if (Libc.TryGetPidfdInfo(pidfd, PidfdInfo.ExitMask, out PidfdInfo info) && info.HasExit)
        {
            return info.ExitCode;
        }

        if (!gone)
        {
            return null;
        }

        monitor.ReportStatusLost(pid);
        return 255;
    }
}
