namespace ContainerShim.Sdk.Containers;

/// <summary>
/// Counts a container's execs, so that the exit of its init process is the last one reported. Not thread-safe: the container's lock
/// guards it.
/// </summary>
/// <remarks>
/// Once init has ended no exec may begin (containerd#10589: execs that kept coming held back init's exit for ever), and one whose
/// runtime call is still under way when init's exit is reported is doomed: it ends without having been started, as far as anybody hears.
/// </remarks>
internal sealed class ExecCensus(TaskCreationOptions completions)
{
    private TaskCompletionSource? _quiet;
    private TaskCompletionSource? _noneRuns;

    /// <summary>Init has ended.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Init's exit is about to be reported; no start may be reported any more.</summary>
    public bool IsSealed { get; private set; }

    /// <summary>Execs whose runtime call is under way.</summary>
    public int Starting { get; private set; }

    /// <summary>Execs that run.</summary>
    public int Running { get; private set; }

    /// <summary>Begins a start. False when init has ended.</summary>
    public bool TryBegin()
    {
        if (IsClosed)
        {
            return false;
        }

        Starting++;
        return true;
    }

    /// <summary>Ends a start. False when the exec ran but came too late to be reported.</summary>
    public bool TryEnter(bool started)
    {
        Starting--;
        if (started && !IsSealed)
        {
            Running++;
            return true;
        }

        NotifyIfQuiet();
        return false;
    }

    /// <summary>An exec that ran has ended and its exit is reported.</summary>
    public void Leave()
    {
        Running--;
        NotifyIfQuiet();
    }

    /// <summary>No exec may begin any more. The task ends when none is starting or running.</summary>
    public Task Close()
    {
        IsClosed = true;
        _quiet ??= new TaskCompletionSource(completions);
        NotifyIfQuiet();
        return _quiet.Task;
    }

    /// <summary>Gives up on starts under way: they come too late. The task ends when no exec runs.</summary>
    public Task WhenNoneRuns()
    {
        IsSealed = true;
        _noneRuns ??= new TaskCompletionSource(completions);
        NotifyIfQuiet();
        return _noneRuns.Task;
    }

    /// <summary>Nothing may be reported any more.</summary>
    public void Seal() => IsSealed = true;

    private void NotifyIfQuiet()
    {
        if (Running > 0)
        {
            return;
        }

        _noneRuns?.TrySetResult();
        if (Starting == 0)
        {
            _quiet?.TrySetResult();
        }
    }
}
