using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Containers;

/// <summary>What an engine leaves on disk of a process, and how a later one takes the process over.</summary>
internal abstract partial class ManagedProcess
{
    private ProcessRecord? _record;

    /// <summary>Writes how far the process has come. Not under the lock.</summary>
    protected void Record(RecordPhase phase)
    {
        if (Services.Records is NoRecords || _record?.Exit is not null)
        {
            return;
        }

        _record = ProcessIdentity.Mark(
            new ProcessRecord { Id = Id, Phase = phase, Stdio = Paths, Bundle = RecordedBundle, HasMounts = Container.MountedRootfs is not null }, Pid);
        Services.Records.Write(Container.Id, Container.Bundle, _record);
    }

    /// <summary>
    /// Writes how the process has ended: before the event is logged, whose delivery is noted in the record, and before the process is
    /// collected, whose status nobody could tell then.
    /// </summary>
    protected void Record(ProcessExit exit)
    {
        _record = (_record ?? new ProcessRecord { Id = Id, Stdio = Paths, Bundle = RecordedBundle, Phase = RecordPhase.Running, Pid = Pid }) with { Exit = exit };
        Services.Records.Write(Container.Id, Container.Bundle, _record);
    }

    /// <summary>Opens the streams again. A process must not hang since they cannot be: then its output is thrown away.</summary>
    protected async Task ReconnectAsync(CancellationToken cancellationToken)
    {
        try
        {
            Connect(await Services.Stdio.ReopenAsync(StdioRequest, cancellationToken).ConfigureAwait(false));
        }
        catch (ShimException exception)
        {
            Services.Logger.StreamsNotReopened(exception, Container.Id, Id);
        }
    }

    /// <summary>The watch of a process of an earlier engine, or its recorded exit. Null when it is gone and nobody knows how it ended.</summary>
    protected async Task<IProcessWatch?> FindAsync(ProcessRecord record)
    {
        _record = record;
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

    private string RecordedBundle => Id == Container.Id ? Container.Bundle : "";
}
