using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Runc;

/// <summary>
/// Reads something of many processes on threads of its own. To read a command line takes the lock of the process's memory, and a process
/// that hangs in the kernel with that lock holds up whoever reads: one more thread goes on with the others then.
/// </summary>
/// <param name="pids">The processes.</param>
/// <param name="read">Returns null where there is nothing to be found. It must not throw.</param>
internal sealed class ProcessScan<T>(IEnumerable<int> pids, Func<int, T?> read)
    where T : class
{
    private const int StackSize = 128 * 1024;

    /// <summary>So many that hang are passed; with more of them the scan ends with what it has found.</summary>
    private const int MostThreads = 8;

    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(100);

    private readonly Lock _lock = new();
    private readonly Queue<int> _left = new(pids);
    private readonly List<T> _found = [];
    private readonly ManualResetEventSlim _done = new();
    private int _taken;
    private int _reading;

    /// <summary>Reads all that can be read.</summary>
    public IReadOnlyList<T> Run()
    {
        for (int threads = 1; threads <= MostThreads; threads++)
        {
            AddThread();
            if (IsOver())
            {
                break;
            }
        }

        lock (_lock)
        {
            return [.. _found];
        }
    }

    private void AddThread()
    {
        try
        {
            OwnThread.Start(new Thread(ReadOn, StackSize) { IsBackground = true, Name = "shim-scan" });
        }
        catch (Exception exception) when (OwnThread.IsExhaustion(exception))
        {
            // None is to be had: the caller takes the risk.
            ReadOn();
        }
    }

    /// <summary>Waits while it moves. Returns false when it does not and there is more to read: that is for one more thread.</summary>
    private bool IsOver()
    {
        while (true)
        {
            int before = Volatile.Read(ref _taken);
            _done.Wait(Patience);
            lock (_lock)
            {
                bool hangs = _taken == before;
                if (_left.Count == 0 && (_reading == 0 || hangs))
                {
                    return true;
                }

                if (hangs)
                {
                    return false;
                }
            }
        }
    }

    private void ReadOn()
    {
        while (TryTake(out int pid))
        {
            T? item = read(pid);
            lock (_lock)
            {
                _reading--;
                if (item is not null)
                {
                    _found.Add(item);
                }

                if (_left.Count == 0 && _reading == 0)
                {
                    _done.Set();
                }
            }
        }
    }

    private bool TryTake(out int pid)
    {
        lock (_lock)
        {
            if (!_left.TryDequeue(out pid))
            {
                return false;
            }

            _taken++;
            _reading++;
            return true;
        }
    }
}
