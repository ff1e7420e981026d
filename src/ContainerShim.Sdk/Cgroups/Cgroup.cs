using System.Globalization;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Mono.Unix.Native;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>What both versions have in common: processes, killing, OOM kills.</summary>
internal abstract class Cgroup : ICgroup
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(1);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMilliseconds(50);

    private readonly OomCounter _oom;
    private IDisposable? _oomSource;

    protected Cgroup(CgroupHost host)
    {
        Host = host;
        _oom = new OomCounter(ReadOomKills);
    }

    /// <inheritdoc/>
    public abstract CgroupVersion Version { get; }

    /// <inheritdoc/>
    public abstract bool IsFrozen { get; }

    /// <inheritdoc/>
    public long OomKills => _oom.Value;

    protected CgroupHost Host { get; }

    /// <summary>The directory whose <c>cgroup.procs</c> lists the processes.</summary>
    protected abstract string ProcessDirectory { get; }

    /// <inheritdoc/>
    public IReadOnlyList<int> Processes()
    {
        List<int> pids = [];
        using HostReader reader = new(Host.Files);
        AddProcesses(reader, ProcessDirectory, pids);
        return pids;
    }

    /// <inheritdoc/>
    public async Task KillAllAsync(CancellationToken cancellationToken = default)
    {
        for (TimeSpan pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            IReadOnlyList<int> pids = Processes();
            if (pids.Count == 0)
            {
                return;
            }

            if (!TryKillAtOnce())
            {
                foreach (int pid in pids)
                {
                    Kill(pid);
                }
            }

            // On v1 a frozen process does not even die by SIGKILL (runc#3134); thawed before the signal it could go on running.
            Thaw();
            await Task.Delay(pause, Host.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public abstract void Thaw();

    /// <inheritdoc/>
    public abstract TypedPayload ReadMetrics();

    /// <inheritdoc/>
    public IDisposable WatchOom(Action<long> onOomKills)
    {
        if (_oom.Add(onOomKills))
        {
            try
            {
                _oomSource = OpenOomSource(_oom.Refresh);
            }
            catch (LinuxException e)
            {
                Host.Logger.OomPolled(e, ProcessDirectory);
                _oomSource = Host.Time.CreateTimer(_ => _oom.Refresh(), null, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1));
            }

            // What happened between the creation of the cgroup and now has made no noise.
            _oom.Refresh();
        }

        return new OomWatch(this, onOomKills);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _oomSource?.Dispose();
        _oomSource = null;
    }

    /// <summary>Kills everything by one write, where the kernel can.</summary>
    protected virtual bool TryKillAtOnce() => false;

    /// <summary>Reads the counter; null when the cgroup is gone or has none.</summary>
    protected abstract long? ReadOomKills();

    /// <summary>Begins to call back whenever the counter may have risen.</summary>
    /// <exception cref="LinuxException">The kernel does not notify here.</exception>
    protected abstract IDisposable OpenOomSource(Action onChange);

    private static bool Contains(HostReader reader, string directory, int pid)
    {
        List<int> pids = [];
        AddProcesses(reader, directory, pids);
        return pids.Contains(pid);
    }

    private static void AddProcesses(HostReader reader, string directory, List<int> pids)
    {
        if (reader.TryRead(directory + "/cgroup.procs", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                // 0 stands for a process outside of our pid namespace: it cannot be signalled from here.
                if (int.TryParse(lines.NextField(), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) && pid > 0)
                {
                    pids.Add(pid);
                }
            }
        }

        foreach (string child in reader.Files.Directories(directory))
        {
            AddProcesses(reader, child, pids);
        }
    }

    /// <summary>Pins the process first and looks then whether it is still here, so that the signal cannot hit another with its number.</summary>
    private void Kill(int pid)
    {
        using SafeFd? pidfd = Libc.TryPidfdOpen(pid, out _);
        using HostReader reader = new(Host.Files);
        if (pidfd is not null && Contains(reader, ProcessDirectory, pid))
        {
            _ = Libc.PidfdSendSignal(pidfd, (int)Signum.SIGKILL);
        }
    }

    private void Unwatch(Action<long> listener)
    {
        if (_oom.Remove(listener))
        {
            Dispose();
        }
    }

    private sealed class OomWatch(Cgroup cgroup, Action<long> listener) : IDisposable
    {
        public void Dispose() => cgroup.Unwatch(listener);
    }
}
