using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Counts the OOM kills of a cgroup, and notifies when it may be time to count again.</summary>
internal abstract class OomSource
{
    private readonly Lock _lock = new();
    private long _total;

    /// <summary>Whether the last reading found the cgroup gone, so that the count stays.</summary>
    internal bool IsGone { get; private set; }

    /// <summary>Whether the kernel notifies before it kills, so that one has to look again later.</summary>
    internal abstract bool NotifiesEarly { get; }

    /// <summary>The kills so far; never less than before. From any thread.</summary>
    internal long Read()
    {
        // The lock keeps an older reading from following a newer one. Nothing in these reads waits.
        lock (_lock)
        {
            try
            {
                long? total = Count(_total);
                IsGone = total is null;
                _total = total ?? _total;
            }
            catch (LinuxException)
            {
                // Out of descriptors or memory: the last value, until one can look again.
            }

            return _total;
        }
    }

    /// <summary>Calls back on the reactor's thread whenever the count may have risen, until disposed.</summary>
    /// <exception cref="IOException">The kernel refuses, or the cgroup is gone.</exception>
    internal abstract IDisposable Subscribe(Action onChange);

    /// <summary>Counts anew; null when the cgroup is gone. Called under the lock.</summary>
    /// <param name="last">The result of last time.</param>
    protected abstract long? Count(long last);

    /// <summary>Adds a kill that the kernel does not count. Has no effect on a cgroup that is gone.</summary>
    protected void Add(long kills)
    {
        lock (_lock)
        {
            _total += IsGone ? 0 : kills;
        }
    }

    /// <summary>The value of <c>oom_kill</c> in a file of keys and values; null without that line.</summary>
    protected static long? FindKills(ReadOnlySpan<char> text)
    {
        FieldReader lines = new(text);
        while (lines.NextLine())
        {
            if (lines.NextField() is "oom_kill")
            {
                return (long)CgroupNumber.Parse(lines.NextField());
            }
        }

        return null;
    }
}
