using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Testing.InMemory;

/// <summary>A process of an <see cref="InMemoryHost"/>. Safe for use from several threads.</summary>
public sealed class InMemoryProcess
{
    private const int SigKill = 9;
    private const int LastSignal = 64;

    // SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH: none of them ends a process (signal(7)).
    private static readonly int[] _harmless = [0, 17, 18, 19, 20, 21, 22, 23, 28];

    private readonly InMemoryHost _host;
    private readonly ProcessStreams _streams;
    private int? _pending;
    private long _began;
    private bool _unstuck;

    internal InMemoryProcess(InMemoryHost host, int pid, ProcessStart start, ProcessStreams streams)
    {
        _host = host;
        _streams = streams;
        Pid = pid;
        Start = start;
    }

    /// <summary>Its pid: above every pid that Linux gives, so that it is nobody's.</summary>
    public int Pid { get; }

    /// <summary>What it was asked to run.</summary>
    public ProcessStart Start { get; }

    /// <summary>Whether it is the init process of its container.</summary>
    public bool IsInit => Start.ExecId.Length == 0;

    /// <summary>How it ended; null while it lives.</summary>
    public ProcessExit? Exit { get; private set; }

    /// <summary>Whether it has not ended. One that was created and waits to be started lives.</summary>
    public bool IsAlive => Exit is null;

    /// <summary>The signals it was sent, in order.</summary>
    public IReadOnlyList<int> Signals
    {
        get
        {
            lock (_host.Sync)
            {
                return [.. ReceivedSignals];
            }
        }
    }

    internal List<int> ReceivedSignals { get; } = [];

    internal bool IsReaped { get; set; }

    internal ProcessScript Script { get; private set; } = ProcessScript.Runs;

    /// <summary>Ends it with a status. Does nothing when it has ended; waits for the thaw of a frozen container, and for <see cref="Unstick"/>.</summary>
    public void End(int exitCode) => _host.Change(() =>
    {
        _pending ??= exitCode;
        EndIfPossible();
    });

    /// <summary>
    /// Sends a signal, as kill(2) would: the init process of a container with a pid namespace of its own is ended by SIGKILL, and by what
    /// its script handles, alone (pid_namespaces(7)).
    /// </summary>
    /// <exception cref="ShimException">NotFound: it has ended. InvalidArgument: no such signal.</exception>
    public void Kill(int signal)
    {
        if (signal is < 0 or > LastSignal)
        {
            throw ShimException.InvalidArgument($"signal {signal}");
        }

        if (!_host.Change(() => Take(signal)))
        {
            throw ShimException.NotFound("process already finished");
        }
    }

    /// <summary>Lets a stuck process end, once something has told it to.</summary>
    public void Unstick() => _host.Change(() =>
    {
        _unstuck = true;
        EndIfPossible();
    });

    /// <summary>Writes to its output. Waits while the pipe is full.</summary>
    public Task WriteAsync(string text, CancellationToken cancellationToken = default) => _streams.WriteOutputAsync(text, cancellationToken);

    /// <summary>Writes to its error output. Waits while the pipe is full.</summary>
    public Task WriteErrorAsync(string text, CancellationToken cancellationToken = default) => _streams.WriteErrorAsync(text, cancellationToken);

    /// <inheritdoc/>
    public override string ToString() => $"{Pid} {Start.ContainerId}{(IsInit ? "" : "/" + Start.ExecId)}: {string.Join(' ', Start.Arguments)}";

    /// <summary>Delivers a signal. False when the process has ended. Under the lock.</summary>
    internal bool Take(int signal)
    {
        if (!IsAlive)
        {
            return false;
        }

        ReceivedSignals.Add(signal);
        if (StatusOf(signal) is { } status)
        {
            _pending ??= status;
            EndIfPossible();
        }

        return true;
    }

    /// <summary>Begins what the script says.</summary>
    internal void Run(ProcessScript script)
    {
        Script = script;
        _began = _host.Time.GetTimestamp();

        // Set before the call that starts the process returns: a test may advance a fake clock right after it.
        Task time = script.ExitCode is not null && script.RunsFor > TimeSpan.Zero ? Task.Delay(script.RunsFor, _host.Time) : Task.CompletedTask;
        _ = PlayAsync(script, time);
    }

    /// <summary>What is left of its script: it has printed its output, and run for some time.</summary>
    internal ProcessScript Rest()
    {
        TimeSpan left = Script.RunsFor - _host.Time.GetElapsedTime(_began);
        return Script with { Output = "", ErrorOutput = "", RunsFor = left > TimeSpan.Zero ? left : TimeSpan.Zero };
    }

    /// <summary>Ends it if something has told it to and nothing keeps it. Under the lock.</summary>
    internal void EndIfPossible()
    {
        if (IsAlive && _pending is { } exitCode && (!Script.IsStuck || _unstuck) && !_host.IsFrozenLocked(Start.ContainerId))
        {
            if (IsInit)
            {
                // A pid namespace goes with its init, whose end is told last.
                _host.EndOthersLocked(this);
            }

            Exit = new ProcessExit(Pid, exitCode, _host.Time.GetUtcNow());
            _streams.Dispose();
            _host.TellLocked(this);
        }
    }

    /// <summary>The status that a signal ends it with; null where it does not.</summary>
    private int? StatusOf(int signal) =>
        signal == SigKill ? 128 + SigKill
        : _harmless.Contains(signal) || Script.IgnoredSignals.Contains(signal) ? null
        : Script.HandledSignals.TryGetValue(signal, out int handled) ? handled
        : Start.IsFirstOfPidNamespace ? null
        : 128 + signal;

    private async Task PlayAsync(ProcessScript script, Task time)
    {
        await _streams.PlayAsync(script).ConfigureAwait(false);
        if (script.ExitCode is not { } exitCode)
        {
            return;
        }

        await time.ConfigureAwait(false);
        if (script.RunsOutOfMemory && IsAlive)
        {
            _host.Cgroups.OomKill(Start.ContainerId);
        }

        End(exitCode);
    }
}
