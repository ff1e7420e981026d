using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Linux;

/// <summary>The reactor of the engine: one thread, epoll(7) and an eventfd. It allocates nothing while it waits and dispatches.</summary>
internal sealed partial class Reactor : IReactor, IDisposable
{
    private const int BatchSize = 64;
    private const int StackSize = 256 * 1024;

    private readonly SafeFd _epoll;
    private readonly SafeFd _wakeUp;
    private readonly ReactorSlots _slots = new();
    private readonly ReactorTimers _timers;
    private readonly ILogger _logger;
    private readonly Thread _thread;
    private readonly Lock _postedLock = new();
    private List<Action> _posted = [];
    private List<Action> _running = [];
    private int _wakeUpPending;
    private volatile bool _stopping;

    /// <summary>Starts the thread.</summary>
    internal Reactor(ILogger logger)
    {
        _logger = logger;
        _epoll = Libc.EpollCreate();
        _wakeUp = Libc.EventFd();
        int error = Libc.EpollControl(_epoll, EpollOperation.Add, _wakeUp, PollEvents.Readable, ReactorSlots.WakeUpToken);
        if (error != 0)
        {
            throw new LinuxException(error, "epoll_ctl");
        }

        _timers = new ReactorTimers(this);
        Time = new ReactorTimeProvider(_timers);
        _thread = new Thread(Run, StackSize) { IsBackground = true, Name = "shim-reactor" };
        _thread.Start();
    }

    /// <summary>A clock whose timers call back on this reactor's thread, so that the runtime needs no timer thread.</summary>
    internal TimeProvider Time { get; }

    /// <summary>Whether the caller runs on the reactor's thread.</summary>
    internal bool IsCurrent => Thread.CurrentThread == _thread;

    /// <inheritdoc/>
    public IReactorRegistration Register(SafeHandle handle, PollEvents interest, Action<PollEvents> onReady) =>
        new ReactorRegistration(_epoll, _slots, handle, interest, onReady);

    /// <inheritdoc/>
    public void Post(Action action)
    {
        lock (_postedLock)
        {
            _posted.Add(action);
        }

        WakeUp();
    }

    /// <summary>Ends the thread; what has been posted before is still run, and timers go on without it. Registrations are their owners' to dispose.</summary>
    public void Dispose()
    {
        if (_stopping)
        {
            return;
        }

        _stopping = true;
        WakeUp();
        if (!IsCurrent)
        {
            _thread.Join();
            _epoll.Dispose();
            _wakeUp.Dispose();
        }
    }

    /// <summary>Makes a waiting loop look at its actions and timers.</summary>
    internal void WakeUp()
    {
        if (!IsCurrent && Interlocked.Exchange(ref _wakeUpPending, 1) == 0)
        {
            try
            {
                _ = Libc.Write(_wakeUp, [1, 0, 0, 0, 0, 0, 0, 0]);
            }
            catch (ObjectDisposedException)
            {
                // Disposed by another thread at this moment: nothing is left to be woken.
            }
        }
    }

    /// <summary>Calls back, and keeps a callback's failure from ending the loop.</summary>
    internal void Guard(Action<object?> callback, object? state)
    {
        try
        {
            callback(state);
        }
        catch (Exception exception)
        {
            LogCallbackFailed(_logger, exception);
        }
    }

    [LoggerMessage(1001, LogLevel.Error, "A callback of the reactor failed")]
    private static partial void LogCallbackFailed(ILogger logger, Exception exception);

    [LoggerMessage(1002, LogLevel.Critical, "The reactor cannot wait any more")]
    private static partial void LogWaitFailed(ILogger logger, Exception exception);

    private void Run()
    {
        // Keeps continuations of what a callback completes off this thread: awaits do not run inline where a context is set.
        SynchronizationContext.SetSynchronizationContext(new ReactorSynchronizationContext());
        EpollBuffer buffer = new(BatchSize);
        try
        {
            while (!_stopping)
            {
                int count = Libc.EpollWait(_epoll, buffer, HasPosted() ? 0 : _timers.MillisecondsToNext());
                for (int i = 0; i < count; i++)
                {
                    Dispatch(buffer.TokenAt(i), buffer.EventsAt(i));
                }

                RunPosted();
                _timers.RunDue();
            }

            RunPosted();
        }
        catch (LinuxException exception)
        {
            LogWaitFailed(_logger, exception);
        }
        finally
        {
            _timers.GoOnWithout();
        }
    }

    private void Dispatch(ulong token, PollEvents events)
    {
        if (token == ReactorSlots.WakeUpToken)
        {
            Span<byte> counter = stackalloc byte[sizeof(ulong)];
            _ = Libc.Read(_wakeUp, counter);
            Volatile.Write(ref _wakeUpPending, 0);
            return;
        }

        try
        {
            _slots.Find(token)?.Deliver(events);
        }
        catch (Exception exception)
        {
            LogCallbackFailed(_logger, exception);
        }
    }

    private bool HasPosted()
    {
        lock (_postedLock)
        {
            return _posted.Count > 0;
        }
    }

    private void RunPosted()
    {
        lock (_postedLock)
        {
            (_posted, _running) = (_running, _posted);
        }

        foreach (Action action in _running)
        {
            Guard(static state => ((Action)state!)(), action);
        }

        _running.Clear();
    }
}
