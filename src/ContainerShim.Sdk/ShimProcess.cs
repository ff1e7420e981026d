using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;

namespace ContainerShim.Sdk;

/// <summary>A further process that was started in a container (<c>runc exec</c>). Safe for use from several threads.</summary>
/// <remarks>It ends with its container at the latest, and its entry goes with it.</remarks>
public sealed class ShimProcess : IAsyncDisposable
{
    /// <summary>For a killed process to be gone: only one that is frozen or hangs in the kernel takes longer.</summary>
    private static readonly TimeSpan KillBound = TimeSpan.FromSeconds(10);

    private readonly EmbeddingContext _context;
    private readonly Container _container;
    private readonly ExecProcess _exec;
    private readonly ProcessStreams? _streams;
    private readonly Lock _lock = new();
    private readonly ITimer? _timeout;
    private volatile bool _timedOut;
    private Task? _disposal;

    internal ShimProcess(EmbeddingContext context, Container container, ExecProcess exec, ProcessStreams? streams, TimeSpan? timeout)
    {
        _context = context;
        _container = container;
        _exec = exec;
        _streams = streams;
        _timeout = timeout is { } limit
            ? context.Services.Time.CreateTimer(_ => KillLate(), null, limit, Timeout.InfiniteTimeSpan)
            : null;
    }

    /// <summary>Its id within the container.</summary>
    public string Id => _exec.Id;

    /// <summary>The container it runs in.</summary>
    public string ContainerId => _container.Id;

    /// <summary>The process, in the pid namespace of this process.</summary>
    public int Pid => _exec.Pid;

    /// <summary>How it ended; null while it has not.</summary>
    public ProcessExit? Exit
    {
        get
        {
            lock (_container.Sync)
            {
                return _exec.Exit;
            }
        }
    }

    /// <summary>Whether it was killed because the time of <see cref="ExecOptions.Timeout"/> was over.</summary>
    public bool TimedOut => _timedOut && Exit?.ExitCode == 128 + LinuxSignal.Kill.Number;

    /// <summary>What it reads; see <see cref="ShimContainer.StandardInput"/>.</summary>
    /// <exception cref="InvalidOperationException">It was started without such a stream.</exception>
    public Stream StandardInput => (Stream?)_streams?.Input ?? throw NoStream("input");

    /// <summary>What it writes; see <see cref="ShimContainer.StandardOutput"/>.</summary>
    /// <exception cref="InvalidOperationException">It was started without such a stream.</exception>
    public Stream StandardOutput => (Stream?)_streams?.Output ?? throw NoStream("output");

    /// <summary>What it writes to its error output; see <see cref="ShimContainer.StandardOutput"/>.</summary>
    /// <exception cref="InvalidOperationException">It was started without such a stream, or with a terminal.</exception>
    public Stream StandardError => (Stream?)_streams?.Error ?? throw NoStream("error output");

    /// <summary>Waits for its end. Answers at once when it has ended, also after it was deleted.</summary>
    /// <exception cref="ShimException">NotFound: its container was deleted before its end was known.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed of and has left the container running.</exception>
    public async Task<ProcessExit> WaitAsync(CancellationToken cancellationToken = default)
    {
        await _context.WaitAsync(_exec, cancellationToken).ConfigureAwait(false);
        if (Exit is { } exit)
        {
            return exit;
        }

        _context.Calls.ThrowIfEnded();
        throw ShimException.NotFound("process does not exist " + Id);
    }

    /// <summary>Sends it a signal; never to another process that got its pid later.</summary>
    /// <param name="signal">The signal. Default: null, SIGKILL.</param>
    /// <param name="cancellationToken">Not looked at once the signal is sent.</param>
    /// <exception cref="ShimException">NotFound: it has ended. InvalidArgument: no such signal.</exception>
    public Task KillAsync(LinuxSignal? signal = null, CancellationToken cancellationToken = default) =>
        _context.AnswerAsync(() => _exec.Kill((signal ?? LinuxSignal.Kill).Number), cancellationToken);

    /// <summary>Sets the size of its terminal. Does nothing without one.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0 or more than 65535.</exception>
    /// <exception cref="ShimException">Unknown: it has ended.</exception>
    public Task ResizeAsync(int columns, int rows, CancellationToken cancellationToken = default)
    {
        TerminalSize.Demand(columns, rows);
        return _context.AnswerAsync(() => _exec.ResizePty(columns, rows), cancellationToken);
    }

    /// <summary>Ends its input; with a stream, the same as disposing it.</summary>
    public Task CloseInputAsync(CancellationToken cancellationToken = default) => _context.AnswerAsync(_exec.CloseStdin, cancellationToken);

    /// <summary>
    /// Removes its entry from the container. What it wrote can still be read; output of others that hold its streams ends where it is.
    /// Does nothing when it was removed before, or with its container.
    /// </summary>
    /// <exception cref="ShimException">Unknown: it runs.</exception>
    public Task DeleteAsync(CancellationToken cancellationToken = default) => _context.Calls.RunAsync(DeleteNowAsync, cancellationToken);

    /// <summary>
    /// Kills it if it runs, removes it, and closes its streams, also where <see cref="ContainerShimSettings.LeaveContainersRunning"/> leaves its
    /// container; one that is to be left with it is not disposed of. May be called again.
    /// </summary>
    /// <exception cref="ShimException">It has not even been ended by SIGKILL, for example since its container is paused.</exception>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposal is null or { IsCompleted: true, IsCompletedSuccessfully: false })
            {
                _disposal = EndAsync();
            }

            return new ValueTask(_disposal);
        }
    }

    private static InvalidOperationException NoStream(string name) =>
        new($"The process was started without a stream for its {name}; ask for one in {nameof(ExecOptions)}.{nameof(ExecOptions.Stdio)}.");

    private async Task EndAsync()
    {
        // Not under the lock of whoever disposes.
        await Task.CompletedTask.ConfigureAwait(ConfigureAwaitOptions.ForceYielding);
        try
        {
            await _context.Calls.RunAsync(RemoveNowAsync, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // It ends with the engine's containers, or is left with them.
        }
        finally
        {
            _streams?.Dispose();
            if (_timeout is not null)
            {
                await _timeout.DisposeAsync().ConfigureAwait(false);
            }
        }
    }

    private async Task DeleteNowAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _context.MeasureAsync("delete", ContainerId, Id, () => _exec.DeleteAsync(cancellationToken)).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound || _container.Init.State == ProcessState.Deleted)
        {
            // Gone already.
        }
    }

    private async Task RemoveNowAsync(CancellationToken cancellationToken)
    {
        if (!_exec.Ended.IsCompleted)
        {
            TryKill();
            if (!await _context.EndsWithinAsync(_exec, KillBound, cancellationToken).ConfigureAwait(false))
            {
                throw ShimException.DeadlineExceeded("the killed process has not ended");
            }
        }

        await DeleteNowAsync(cancellationToken).ConfigureAwait(false);
    }

    private void KillLate()
    {
        if (Exit is not null)
        {
            return;
        }

        // Before the kill, so that whoever learns of the exit knows why.
        _timedOut = true;
        if (TryKill())
        {
            _context.Services.Logger.ExecTimedOut(ContainerId, Id);
        }
        else
        {
            _timedOut = false;
        }
    }

    private bool TryKill()
    {
        try
        {
            _exec.Kill(LinuxSignal.Kill.Number);
            return true;
        }
        catch (ShimException)
        {
            return false;
        }
    }
}
