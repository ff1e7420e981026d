using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// Our end of a pipe or terminal, on which nobody ever blocks: a caller that has to wait leaves a callback with the reactor. It exists
/// before its descriptor does, and for one direction.
/// </summary>
internal sealed class DescriptorEnd(IReactor reactor, PollEvents interest)
{
    private readonly Lock _lock = new();
    private SafeFd? _descriptor;
    private IReactorRegistration? _registration;
    private TaskCompletionSource? _waiter;
    private bool _closed;
    private bool _nudged;

    /// <summary>Whether nothing more is to be expected of it.</summary>
    internal bool IsClosed
    {
        get
        {
            lock (_lock)
            {
                return _closed;
            }
        }
    }

    /// <summary>The descriptor, or null before there is one and after it was closed.</summary>
    internal SafeFd? Descriptor
    {
        get
        {
            lock (_lock)
            {
                return _closed ? null : _descriptor;
            }
        }
    }

    /// <summary>Takes the descriptor over, which does not block.</summary>
    internal void Attach(SafeFd descriptor)
    {
        lock (_lock)
        {
            if (_closed)
            {
                descriptor.Dispose();
                return;
            }

            // Ours also when it cannot be registered: it is closed with the rest then.
            _descriptor = descriptor;
            _registration = reactor.Register(descriptor, PollEvents.None, _ => Wake());
            Release();
        }
    }

    /// <summary>Ends when the descriptor may be ready, or something else has happened that is worth another try. One caller at a time.</summary>
    internal ValueTask WaitAsync(CancellationToken cancellationToken) => WaitAsync(interest, cancellationToken);

    /// <summary>Ends at the next <see cref="Nudge"/> or when it is closed, whatever the descriptor is ready for.</summary>
    internal ValueTask WaitForNudgeAsync(CancellationToken cancellationToken) => WaitAsync(PollEvents.None, cancellationToken);

    /// <summary>Lets the one that waits, or the next that would, try again.</summary>
    internal void Nudge()
    {
        lock (_lock)
        {
            _nudged = _waiter is null;
            Release();
        }
    }

    /// <summary>Closes the descriptor, now or as soon as it comes.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            _closed = true;
            _registration?.Dispose();
            _registration = null;
            _descriptor?.Dispose();
            Release();
        }
    }

    private async ValueTask WaitAsync(PollEvents events, CancellationToken cancellationToken)
    {
        TaskCompletionSource waiter;
        lock (_lock)
        {
            if (_closed || _nudged)
            {
                _nudged = false;
                return;
            }

            waiter = _waiter = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            try
            {
                _registration?.Interest = events;
            }
            catch (LinuxException exception)
            {
                _waiter = null;
                throw new IOException(exception.Message, exception);
            }
        }

        using CancellationTokenRegistration cancelled = cancellationToken.UnsafeRegister(
            static (state, token) => ((TaskCompletionSource)state!).TrySetCanceled(token), waiter);
        await waiter.Task.ConfigureAwait(false);
    }

    private void Wake()
    {
        lock (_lock)
        {
            // Level triggered: out of the set until somebody waits again.
            _registration?.Interest = PollEvents.None;
            Release();
        }
    }

    private void Release()
    {
        _waiter?.TrySetResult();
        _waiter = null;
    }
}
