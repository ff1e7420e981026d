using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Linux;

/// <summary>
/// Does what may wait for a disk, in order, on a thread that is there while there is something to do and a moment longer. O_NONBLOCK means
/// nothing to a regular file (open(2)): a call on a server that is gone or a disk that is full of unwritten pages takes as long as it takes.
/// Safe for use from several threads.
/// </summary>
internal sealed partial class FileLane(TimeProvider time, ILogger logger)
{
    /// <summary>How long one call may take before the disk is said to have stalled. The kernel lets a writer of too many pages wait for 200 ms at a time.</summary>
    internal static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(1);

    /// <summary>How many bytes of all files together may wait here: 16 MiB. What is more waits, or is dropped, as their owners decide.</summary>
    internal const long Capacity = 16L * 1024 * 1024;

    /// <summary>In milliseconds: what writes ten times a second does not make ten threads a second.</summary>
    private const int KeepAlive = 1000;

    /// <summary>In milliseconds: what comes in small pieces right after another piece is gathered for so long, since a wake-up each costs more than the write.</summary>
    private const int Pause = 2;

    private const int StackSize = 256 * 1024;

    private readonly object _sync = new();
    private readonly Queue<Action> _work = new();
    private readonly List<Func<bool>> _waiters = [];
    private bool _hasThread;
    private bool _isPausing;
    private bool _inHurry;
    private long _held;
    private long _busySince;

    /// <summary>Whether the call that is being made, or the thread that is to make it, takes longer than it should.</summary>
    internal bool IsStalled => Volatile.Read(ref _busySince) is > 0 and long since && time.GetElapsedTime(since) >= StallLimit;

    /// <summary>Whether more bytes may wait.</summary>
    internal bool HasRoom => Volatile.Read(ref _held) < Capacity;

    /// <summary>Counts bytes that wait from now on, or (negative) do so no more.</summary>
    internal void Hold(int bytes) => Interlocked.Add(ref _held, bytes);

    /// <summary>Does some work after all that came before.</summary>
    /// <param name="work">It must not throw.</param>
    /// <param name="canPause">Whether it may wait for the end of a pause, in which more may come.</param>
    internal void Post(Action work, bool canPause = false)
    {
        lock (_sync)
        {
            _work.Enqueue(work);
            _inHurry |= !canPause;
            if (_hasThread)
            {
                if (!_isPausing || _inHurry)
                {
                    Monitor.Pulse(_sync);
                }

                return;
            }

            _hasThread = true;
            MarkBusy();
        }

        try
        {
            new Thread(Run, StackSize) { IsBackground = true, Name = "shim-files" }.UnsafeStart();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // No thread to be had (pids.max): whatever comes next tries again, and by then it counts as a disk that has stalled.
            LogNoThread(logger, exception);
            lock (_sync)
            {
                _hasThread = false;
            }
        }
    }

    /// <summary>Ends a pause.</summary>
    internal void Hurry()
    {
        lock (_sync)
        {
            _inHurry = true;
            Monitor.Pulse(_sync);
        }
    }

    /// <summary>The same as <see cref="Post"/>; the task ends with the work.</summary>
    internal Task<T> RunAsync<T>(Func<T> work)
    {
        TaskCompletionSource<T> done = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Post(() =>
        {
            try
            {
                done.SetResult(work());
            }
            catch (Exception exception)
            {
                done.SetException(exception);
            }
        });
        return done.Task;
    }

    /// <summary>Asks <paramref name="waiter"/> after each piece of work, on this lane's thread, until it returns true.</summary>
    internal void AddWaiter(Func<bool> waiter)
    {
        lock (_sync)
        {
            _waiters.Add(waiter);
        }
    }

    [LoggerMessage(1003, LogLevel.Error, "A thread that writes files cannot be started")]
    private static partial void LogNoThread(ILogger logger, Exception exception);

    [LoggerMessage(1004, LogLevel.Error, "Work on a file failed")]
    private static partial void LogWorkFailed(ILogger logger, Exception exception);

    private void Run()
    {
        for (Action? work = Take(canPause: false); work is not null; work = Take(canPause: true))
        {
            try
            {
                work();
            }
            catch (Exception exception)
            {
                LogWorkFailed(logger, exception);
            }

            lock (_sync)
            {
                _waiters.RemoveAll(static waiter => waiter());
            }
        }
    }

    private Action? Take(bool canPause)
    {
        lock (_sync)
        {
            if (canPause)
            {
                Volatile.Write(ref _busySince, 0);
                if (!_inHurry)
                {
                    _isPausing = true;
                    Monitor.Wait(_sync, Pause);
                    _isPausing = false;
                }
            }

            while (_work.Count == 0)
            {
                if (!Monitor.Wait(_sync, KeepAlive) && _work.Count == 0)
                {
                    _hasThread = false;
                    return null;
                }
            }

            MarkBusy();
            Action work = _work.Dequeue();
            _inHurry &= _work.Count > 0;
            return work;
        }
    }

    private void MarkBusy()
    {
        // Work that no thread could be started for has been waiting since then.
        if (Volatile.Read(ref _busySince) == 0)
        {
            Volatile.Write(ref _busySince, Math.Max(1, time.GetTimestamp()));
        }
    }
}
