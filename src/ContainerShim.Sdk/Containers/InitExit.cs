using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Containers;

/// <summary>What must be over before the exit of an init process may be reported.</summary>
internal sealed class InitExit(Container container)
{
    private long _reportedOomKills;
    private bool _everKilled;
    private bool _over;
    private IDisposable? _oomWatch;

    private EngineServices Services => container.Services;

    /// <summary>Reports OOM kills as they happen; best effort, as the counter is read once more at the end.</summary>
    public void WatchOom()
    {
        try
        {
            _oomWatch = container.Cgroup?.WatchOom(kills =>
            {
                bool isNew;
                lock (container.Sync)
                {
                    isNew = ReportOom(kills);
                }

                if (isNew)
                {
                    container.Init.RecordOomKills(kills);
                }
            });
        }
#pragma warning disable CA1031 // a container runs without its OOM kills being told at once
        catch (Exception e)
#pragma warning restore CA1031
        {
            Services.Logger.CgroupNotLoaded(e, container.Id);
        }
    }

    /// <summary>
    /// Goes on from what an earlier engine has reported. Counting anew may come to less: on v1 the kills in a cgroup below are gone with it.
    /// </summary>
    public void GoOnFrom(long reported)
    {
        lock (container.Sync)
        {
            _everKilled = reported > 0;
            _reportedOomKills = Math.Min(reported, container.Cgroup?.OomKills ?? reported);
        }
    }

    /// <summary>Ends what init left behind, and waits for the exits of execs, each within its bound.</summary>
    public async Task SettleAsync()
    {
        await ThawAsync().ConfigureAwait(false);
        Task quiet;
        lock (container.Sync)
        {
            quiet = container.Execs.Close();
        }

        if (container.SharesPidNamespace)
        {
            await KillRestAsync().ConfigureAwait(false);
        }

        if (!quiet.IsCompleted)
        {
            await ExecsEndedAsync(quiet).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// The last look at the counter, so that an OOM kill is never reported after the exit it caused. Called under the lock. Returns
    /// whether there ever was one.
    /// </summary>
    public bool AppendOom()
    {
        try
        {
            if (container.Cgroup is { } cgroup)
            {
                ReportOom(cgroup.OomKills);
            }

            _oomWatch?.Dispose();
        }
#pragma warning disable CA1031 // the exit is reported whatever else fails
        catch (Exception e)
#pragma warning restore CA1031
        {
            Services.Logger.ExitHandlingFailed(e, container.Id, container.Id);
        }

        _over = true;
        _oomWatch = null;
        return _everKilled;
    }

    /// <summary>What is frozen cannot die, SIGKILL or not (cgroup v1); containerd's shim resumes here too.</summary>
    private async Task ThawAsync()
    {
        try
        {
            if (container.Cgroup is { IsFrozen: true } cgroup)
            {
                cgroup.Thaw();
            }
            else if (container.Cgroup is null && IsPaused())
            {
                using CancellationTokenSource limit = new(Services.Timeouts.KillRest, Services.Time);
                await Services.Runtime.ResumeAsync(container.Runtime, limit.Token).ConfigureAwait(false);
            }
        }
#pragma warning disable CA1031 // the exit is reported whatever else fails
        catch (Exception e)
#pragma warning restore CA1031
        {
            Services.Logger.ExitHandlingFailed(e, container.Id, container.Id);
        }
    }

    private bool IsPaused()
    {
        lock (container.Sync)
        {
            return container.Init.State is ProcessState.Paused or ProcessState.Pausing;
        }
    }

    private bool ReportOom(long kills)
    {
        if (kills <= _reportedOomKills || _over)
        {
            return false;
        }

        _reportedOomKills = kills;
        _everKilled = true;
        Services.Events.Append(new TaskOomEvent(container.Id));
        return true;
    }

    private async Task ExecsEndedAsync(Task quiet)
    {
        if (await WithinAsync(quiet, Services.Timeouts.ExecStartGrace).ConfigureAwait(false))
        {
            return;
        }

        // Starts that are still under way come too late to be reported; what runs will have ended, or be killed by the kernel.
        Task ended;
        lock (container.Sync)
        {
            ended = container.Execs.WhenNoneRuns();
        }

        if (container.SharesPidNamespace)
        {
            // The kernel ends nothing for init's sake here, and what was just being started is in the cgroup only now.
            await KillRestAsync().ConfigureAwait(false);
        }

        if (!await WithinAsync(ended, Services.Timeouts.ExecEndGrace).ConfigureAwait(false))
        {
            int running;
            lock (container.Sync)
            {
                running = container.Execs.Running;
            }

            Services.Logger.ExecsOutlastInit(container.Id, running, Services.Timeouts.ExecEndGrace.TotalSeconds);
        }
    }

    private async Task<bool> WithinAsync(Task task, TimeSpan limit)
    {
        try
        {
            await task.WaitAsync(limit, Services.Time).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }

    private async Task KillRestAsync()
    {
        using CancellationTokenSource limit = new(Services.Timeouts.KillRest, Services.Time);
        try
        {
            if (container.Cgroup is { } cgroup)
            {
                await cgroup.KillAllAsync(limit.Token).ConfigureAwait(false);
            }
            else
            {
                await Services.Runtime.KillAsync(container.Runtime, 9, all: true, limit.Token).ConfigureAwait(false);
            }
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // Nothing was left.
        }
#pragma warning disable CA1031 // the exit is reported whatever else fails
        catch (Exception e)
#pragma warning restore CA1031
        {
            Services.Logger.KillRestFailed(e, container.Id);
        }
    }
}
