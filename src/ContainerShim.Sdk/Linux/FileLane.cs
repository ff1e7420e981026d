using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Linux;

/// <summary>
/// Does what may wait for a disk, in order, on a thread that is there while there is something to do and a moment longer. O_NONBLOCK means
/// nothing to a regular file (open(2)): a call on a server that is gone or a disk that is full of unwritten pages takes as long as it takes.
/// Safe for use from several threads.
/// </summary>
/// <param name="time">The clock.</param>
/// <param name="logger">Is told of threads that cannot be started.</param>
/// <param name="startThread">Starts the thread; fails in tests.</param>
internal sealed partial class FileLane(TimeProvider time, ILogger logger, Action<Thread> startThread)
{
    /// <summary>How long one call may take before the disk is said to have stalled. The kernel lets a writer of too many pages wait for 200 ms at a time.</summary>
    internal static readonly TimeSpan StallLimit = TimeSpan.FromSeconds(1);

    /// <summary>How much memory of all files together may wait here: 32 MiB. What is more waits, or is dropped, as their owners decide.</summary>
    internal const long Capacity = 32L * 1024 * 1024;

    /// <summary>How soon a thread that could not be started is tried again.</summary>
    internal static readonly TimeSpan ThreadRetry = TimeSpan.FromMilliseconds(250);

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
    private ITimer? _threadRetry;

    /// <summary>Whether the call that is being made, or the thread that is to make it, takes longer than it should.</summary>
    internal bool IsStalled => Volatile.Read(ref _busySince) is > 0 and long since && time.GetElapsedTime(since) >= StallLimit;

    /// <summary>Whether more bytes may wait.</summary>
    internal bool HasRoom => Volatile.Read(ref _held) < Capacity;

    /// <summary>Counts bytes that wait from now on, or (negative) do so no more.</summary>
    internal void Hold(int bytes) => Interlocked.Add(ref _held, bytes);

    /// <summary>Does some work after all that came before; where no thread can be started for it, once one can.</summary>
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

            MarkBusy();
            if (_threadRetry is not null)
            {
                return;
            }

            _hasThread = true;
        }

        StartThread();
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

    /// <summary>
    /// Asks <paramref name="waiter"/> after each piece of work, on this lane's thread, until it returns true. It is asked without a lock of the
    /// lane: it may take one that others hold while they post.
    /// </summary>
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

            AskWaiters();
        }
    }

    private void AskWaiters()
    {
        Func<bool>[] waiters;
        lock (_sync)
        {
            waiters = [.. _waiters];
        }

        foreach (Func<bool> waiter in waiters.Where(static waiter => waiter()))
        {
            lock (_sync)
            {
                // One of them: what it was added for again, after its answer, is still to be asked.
                _waiters.Remove(waiter);
            }
        }
    }

    private void StartThread()
    {
        try
        {
            startThread(new Thread(Run, StackSize) { IsBackground = true, Name = "shim-files" });
        }
        catch (Exception exception) when (OwnThread.IsExhaustion(exception))
        {
            LogNoThread(logger, exception);
            lock (_sync)
            {
                _hasThread = false;
                _threadRetry = time.CreateTimer(_ => RetryThread(), null, ThreadRetry, Timeout.InfiniteTimeSpan);
            }
        }
    }

    private void RetryThread()
    {
        lock (_sync)
        {
            _threadRetry?.Dispose();
            _threadRetry = null;
            _hasThread = true;
        }

        StartThread();
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
