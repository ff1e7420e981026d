using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Containers;

/// <summary>How an exec of an earlier engine is taken over.</summary>
internal sealed partial class ExecProcess
{
    /// <summary>Whether an earlier engine has started it.</summary>
    public bool IsAdopted { get; private set; }

    /// <summary>Takes the process over and goes on watching, or tells the exit that nobody was told of.</summary>
    public async Task AdoptAsync(ProcessRecord record)
    {
        IsAdopted = true;
        TakeUp(record);
        await ReconnectAsync(CancellationToken.None).ConfigureAwait(false);
        bool isToldOf = record is { Exit: not null, ExitDelivered: true };
        lock (Container.Sync)
        {
            Pid = record.Pid;
            Exit = isToldOf ? record.Exit : null;
            State = isToldOf ? ProcessState.Stopped : ProcessState.Running;
            if (!isToldOf)
            {
                Container.Execs.TryBegin();
                Container.Execs.TryEnter(started: true);
            }
        }

        if (isToldOf)
        {
            CompleteWait(new WaitResult(record.Exit!.ExitCode, record.Exit.ExitedAt));
            return;
        }

        IProcessWatch? watch = await FindAsync(record).ConfigureAwait(false);
        _ = FollowAsync(record.Pid, watch);
    }
}
