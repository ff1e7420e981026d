using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>How the init process of an earlier engine's container is taken over.</summary>
internal sealed partial class InitProcess
{
    /// <summary>Writes that the container is being made, before there is anything of it.</summary>
    public void BeginRecord() => Services.Records.Begin(new ProcessRecord
    {
        Id = Id,
        Phase = RecordPhase.Making,
        Stdio = Paths,
        Bundle = Container.Bundle,
        HasMounts = request.Rootfs.Count > 0,
    });

    /// <summary>Writes that the container has been made and told of.</summary>
    public void RecordCreated() => Record(RecordPhase.Created);

    /// <summary>Takes the process over in the state it is in. Nothing is watched yet.</summary>
    public async Task AdoptAsync(ProcessRecord record, CancellationToken cancellationToken)
    {
        TakeUp(record);
        Pid = record.Pid;
        State = record.Phase == RecordPhase.Running ? ProcessState.Running : ProcessState.Created;
        bool isThere = record.Exit is null && ProcessIdentity.IsThere(record);
        if (isThere)
        {
            Container.FindCgroup(record.Cgroup, Pid);
        }

        _exit.GoOnFrom(record.OomKills);
        RuntimeState? state = isThere ? await AskStateAsync(cancellationToken).ConfigureAwait(false) : null;

        // The last that may fail: streams that are open here must not be opened once more by another attempt.
        await ReconnectAsync(cancellationToken).ConfigureAwait(false);
        if (state is not null)
        {
            MoveOn(state);
        }
    }

    /// <summary>Goes on watching, or tells the exit that nobody was told of. After the execs, whose exits come first.</summary>
    public async Task FollowAdoptedAsync(ProcessRecord record)
    {
        if (record is { Exit: { } exit, ExitDelivered: true })
        {
            lock (Container.Sync)
            {
                Exit = exit;
                State = ProcessState.Stopped;
                Container.Execs.Close();
                Container.Execs.Seal();
            }

            CompleteWait(new WaitResult(exit.ExitCode, exit.ExitedAt));
            return;
        }

        _exit.WatchOom();
        _ = ReportExitAsync(await FindAsync(record).ConfigureAwait(false));
    }

    /// <summary>Where the earlier engine ended before it could tell of a start, it is told now.</summary>
    private void MoveOn(RuntimeState state)
    {
        lock (Container.Sync)
        {
            if (State == ProcessState.Created && state.Status is ("running" or "paused"))
            {
                Services.Events.Append(new TaskStartedEvent(Container.Id, Pid));
            }

            State = state.Status switch
            {
                "running" => ProcessState.Running,
                "paused" => ProcessState.Paused,
                _ => State,
            };
        }

        Record(State == ProcessState.Created ? RecordPhase.Created : RecordPhase.Running);
    }

    private async Task<RuntimeState?> AskStateAsync(CancellationToken cancellationToken)
    {
        try
        {
            return await Services.Runtime.StateAsync(Container.Runtime, cancellationToken).ConfigureAwait(false);
        }
        catch (ShimException exception)
        {
            // It has ended and the runtime does not know it any more, or the runtime fails: the record stands.
            Diagnostics.Log.CleanUpFailed(Services.Logger, exception, Container.Id, "state of an adopted container");
            return null;
        }
    }
}
