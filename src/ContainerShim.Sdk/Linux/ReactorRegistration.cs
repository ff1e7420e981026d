using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Linux;

/// <summary>A descriptor in the epoll set. It holds a reference to the handle, so that the number cannot be another file's while it is in the set.</summary>
internal sealed class ReactorRegistration : IReactorRegistration
{
    private const PollEvents AlwaysReported = PollEvents.Error | PollEvents.HangUp;

    private readonly Lock _lock = new();
    private readonly SafeFd _epoll;
    private readonly ReactorSlots _slots;
    private readonly SafeHandle _handle;
    private readonly Action<PollEvents> _onReady;
    private readonly ulong _token;
    private PollEvents _interest;
    private bool _disposed;

    /// <exception cref="LinuxException">The kernel refuses: <c>EPERM</c> for a regular file, <c>ENOSPC</c> or <c>ENOMEM</c>.</exception>
    internal ReactorRegistration(SafeFd epoll, ReactorSlots slots, SafeHandle handle, PollEvents interest, Action<PollEvents> onReady)
    {
        _epoll = epoll;
        _slots = slots;
        _handle = handle;
        _onReady = onReady;
        bool referenced = false;
        handle.DangerousAddRef(ref referenced);
        _token = slots.Add(this);
        try
        {
            Interest = interest;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public PollEvents Interest
    {
        get => _interest;
        set
        {
            lock (_lock)
            {
                if (value == _interest || _disposed)
                {
                    return;
                }

                PollEvents before = _interest;
                Apply(value == PollEvents.None ? EpollOperation.Remove : before == PollEvents.None ? EpollOperation.Add : EpollOperation.Modify, value);
                _interest = value;
            }
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_disposed)
            {
                return;
            }

            if (_interest != PollEvents.None && !_epoll.IsClosed)
            {
                _ = Libc.EpollControl(_epoll, EpollOperation.Remove, _handle, PollEvents.None, _token);
            }

            _interest = PollEvents.None;
            _disposed = true;
        }

        _slots.Remove(_token);
        _handle.DangerousRelease();
    }

    /// <summary>Calls back for those of the events that are still wanted: an earlier callback of the same batch may have changed that.</summary>
    internal void Deliver(PollEvents events)
    {
        PollEvents interest = _interest;
        PollEvents wanted = interest == PollEvents.None ? PollEvents.None : events & (interest | AlwaysReported);
        if (wanted != PollEvents.None)
        {
            _onReady(wanted);
        }
    }

    private void Apply(EpollOperation operation, PollEvents interest)
    {
        int error = Libc.EpollControl(_epoll, operation, _handle, interest, _token);
        if (error != 0 && operation != EpollOperation.Remove)
        {
            throw new LinuxException(error, "epoll_ctl");
        }
    }
}
