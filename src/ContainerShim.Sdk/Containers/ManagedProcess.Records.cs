using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Containers;

/// <summary>What an engine leaves on disk of a process, and how a later one takes the process over.</summary>
internal abstract partial class ManagedProcess
{
    private const int MostReopenAttempts = 50;

    /// <summary>Guards the record and its file: an OOM kill is recorded by whoever hears of it.</summary>
    private readonly Lock _recording = new();

    private ProcessRecord? _record;
    private long _oomKills;

    /// <summary>
    /// Notes how many OOM kills have been reported: a later engine goes on from there. It is on disk a moment later, since whoever hears of
    /// OOM kills must not wait for a disk, and with the record of the exit at the latest.
    /// </summary>
    public void RecordOomKills(long kills)
    {
        Volatile.Write(ref _oomKills, kills);
        if (Services.Records is not NoRecords)
        {
            ThreadPool.UnsafeQueueUserWorkItem(static process => process.RewriteRecord(), this, preferLocal: false);
        }
    }

    /// <summary>Writes how far the process has come. Not under the lock of the container.</summary>
    protected void Record(RecordPhase phase)
    {
        if (Services.Records is NoRecords)
        {
            return;
        }

        lock (_recording)
        {
            if (_record?.Exit is null)
            {
                Write(ProcessIdentity.Mark(NewRecord(phase), Pid));
            }
        }
    }

    /// <summary>
    /// Writes how the process has ended: before the event is logged, whose delivery is noted in the record, and before the process is
    /// collected, whose status nobody could tell then.
    /// </summary>
    protected void Record(ProcessExit exit)
    {
        lock (_recording)
        {
            Write((_record ?? NewRecord(RecordPhase.Running) with { Pid = Pid }) with { Exit = exit });
        }
    }

    /// <summary>Goes on with what an earlier engine has recorded.</summary>
    protected void TakeUp(ProcessRecord record)
    {
        lock (_recording)
        {
            _record = record;
            _oomKills = record.OomKills;
        }
    }

    /// <summary>
    /// Opens the streams again. While no descriptor is to be had it tries again, within a bound. Whatever goes wrong, the process is taken
    /// over: its streams stay where they are kept.
    /// </summary>
    /// <exception cref="OperationCanceledException">The token fired; nothing is open.</exception>
    protected async Task ReconnectAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                Connect(await Services.Stdio.ReopenAsync(StdioRequest, cancellationToken).ConfigureAwait(false));
                return;
            }
            catch (ShimException exception) when (exception.Code == ShimErrorCode.ResourceExhausted && attempt < MostReopenAttempts)
            {
                await Task.Delay(_watchRetryDelay, Services.Time, cancellationToken).ConfigureAwait(false);
            }
#pragma warning disable CA1031 // its end is to be told even so
            catch (Exception exception) when (exception is not OperationCanceledException)
#pragma warning restore CA1031
            {
                Services.Logger.StreamsNotReopened(exception, Container.Id, Id);
                return;
            }
        }
    }

    /// <summary>The watch of a process of an earlier engine, or its recorded exit. Null when it is gone and nobody knows how it ended.</summary>
    protected async Task<IProcessWatch?> FindAsync(ProcessRecord record)
    {
        if (record.Exit is { } exit)
        {
            return new KnownExit(exit);
        }

        if (!ProcessIdentity.IsThere(record) || await WatchAsync(record.Pid).ConfigureAwait(false) is not { } watch)
        {
            Services.Logger.StatusLost(Container.Id, Id, record.Pid);
            return null;
        }

        if (ProcessIdentity.IsThere(record) || watch.Exited.IsCompleted)
        {
            return watch;
        }

        // It has been collected since, and another process has got its pid.
        lock (Container.Sync)
        {
            Watch = null;
        }

        watch.Dispose();
        Services.Logger.StatusLost(Container.Id, Id, record.Pid);
        return null;
    }

    private void RewriteRecord()
    {
        lock (_recording)
        {
            if (_record is { Exit: null } record)
            {
                Write(record);
            }
        }
    }

    private void Write(ProcessRecord record)
    {
        _record = record with { OomKills = Volatile.Read(ref _oomKills) };
        Services.Records.Write(Container.Id, Container.Bundle, _record);
    }

    private ProcessRecord NewRecord(RecordPhase phase) =>
        new()
        {
            Id = Id,
            Phase = phase,
            Stdio = Paths,
            Bundle = IsInit ? Container.Bundle : "",
            Cgroup = IsInit ? Container.CgroupLocation : null,
            HasMounts = Container.MountedRootfs is not null,
        };

    private bool IsInit => Id == Container.Id;
}
