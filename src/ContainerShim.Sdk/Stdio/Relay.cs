using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// Moves the bytes of one stream on the reactor's thread, where all of its members are called. It waits for the source while that is empty,
/// and for the target while that is full, so that neither makes the loop spin; for both where what the target had no room for waits aside.
/// </summary>
internal sealed class Relay
{
    /// <summary>The most that is moved in one callback, so that a busy stream holds up neither others nor exits.</summary>
    private const int Budget = 1024 * 1024;

    /// <summary>How long a terminal that hung up is left alone: nobody has its other side open, but the process may open it again.</summary>
    private static readonly TimeSpan HangUpPause = TimeSpan.FromMilliseconds(250);

    private readonly StdioServices _services;
    private readonly SafeFd _source;
    private readonly IRelayMover _mover;
    private readonly Action _onEnd;
    private readonly Action _pump;
    private IReactorRegistration? _sourceRegistration;
    private IReactorRegistration? _targetRegistration;
    private ITimer? _pause;
    private bool _hangUpEnds;
    private bool _emptyEnds;
    private long _drainLeft = long.MaxValue;

    /// <param name="services">The reactor and its clock.</param>
    /// <param name="source">Where bytes come from.</param>
    /// <param name="target">Where they go, if that can be waited for.</param>
    /// <param name="mover">Moves them; it is disposed at the end.</param>
    /// <param name="onEnd">Is called once, at the end.</param>
    internal Relay(StdioServices services, SafeFd source, SafeFd? target, IRelayMover mover, Action onEnd)
    {
        _services = services;
        _source = source;
        _mover = mover;
        _onEnd = onEnd;
        _pump = Pump;
        try
        {
            _targetRegistration = target is null ? null : services.Reactor.Register(target, PollEvents.None, _ => Pump());
            _sourceRegistration = services.Reactor.Register(source, PollEvents.Readable, _ => Pump());
        }
        catch
        {
            _targetRegistration?.Dispose();
            throw;
        }
    }

    private bool HasEnded => _sourceRegistration is null;

    /// <summary>The process has ended: a terminal's hang-up is the end.</summary>
    internal void EndAtHangUp()
    {
        _hangUpEnds = true;
        Pump();
    }

    /// <summary>
    /// The process has ended, and what it left is to be passed on: ends when the source has been empty, or when as much has been moved as
    /// it now holds, though somebody else may write on and on.
    /// </summary>
    internal void EndWhenEmpty(bool sourceIsPipe)
    {
        if (HasEnded || _emptyEnds)
        {
            return;
        }

        _hangUpEnds = true;
        _emptyEnds = true;
        _drainLeft = sourceIsPipe && Libc.BytesWaiting(_source) is > 0 and int left ? left : long.MaxValue;
        Pump();
    }

    /// <summary>There may be room again for what the mover had none for.</summary>
    internal void Resume() => Pump();

    /// <summary>Ends now, whatever is left.</summary>
    internal void End()
    {
        if (HasEnded)
        {
            return;
        }

        _sourceRegistration?.Dispose();
        _sourceRegistration = null;
        _targetRegistration?.Dispose();
        _targetRegistration = null;
        _pause?.Dispose();
        _mover.Dispose();
        _onEnd();
    }

    private void Pump()
    {
        int budget = Budget;
        while (!HasEnded && budget > 0)
        {
            RelayStep step = _mover.Move(out int moved);
            budget -= moved;
            _drainLeft -= moved;
            if (!Continue(step))
            {
                return;
            }
        }

        if (!HasEnded)
        {
            // More may be there: the source is still ready and calls back again, after others had their turn.
            WaitForSource();
        }
    }

    private bool Continue(RelayStep step)
    {
        switch (step)
        {
            case RelayStep.Moved when _drainLeft > 0:
                return true;
            case RelayStep.SourceEmpty when !_emptyEnds:
                WaitForSource();
                return false;
            case RelayStep.SourceHungUp when !_hangUpEnds:
                PauseSource();
                return false;
            case RelayStep.TargetFull:
                WaitForTarget();
                return false;
            case RelayStep.NoRoom:
                _sourceRegistration!.Interest = PollEvents.None;
                _targetRegistration?.Interest = PollEvents.None;
                return false;
            case RelayStep.Moved or RelayStep.SourceEmpty or RelayStep.SourceHungUp when _mover.HasPending:
                // No more is wanted of the source, but what came from it is still to be passed on.
                _mover.EndSource();
                return true;
            default:
                End();
                return false;
        }
    }

    private void WaitForSource()
    {
        _targetRegistration?.Interest = _mover.WantsTarget ? PollEvents.Writable : PollEvents.None;
        _sourceRegistration!.Interest = PollEvents.Readable;
    }

    private void WaitForTarget()
    {
        _sourceRegistration!.Interest = PollEvents.None;
        _targetRegistration?.Interest = PollEvents.Writable;
    }

    private void PauseSource()
    {
        // The hang-up is reported as long as it lasts: out of the set, and look again later. The target is waited for only with something to write.
        WaitForSource();
        _sourceRegistration!.Interest = PollEvents.None;
        _pause ??= _services.Time.CreateTimer(_ => _services.Reactor.Post(_pump), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _pause.Change(HangUpPause, Timeout.InfiniteTimeSpan);
    }
}
