using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk;

public sealed partial class ContainerShimEngine
{
    private static readonly TimeSpan FlushBound = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Takes over the containers that an earlier engine with the same state directory and namespace has left when its process ended:
    /// created, running, paused or stopped, with the execs that were started. Call it before containers are created.
    /// </summary>
    /// <remarks>
    /// <para>
    /// With <see cref="ExitTracking.Reaper"/> nothing is lost meanwhile: output waits in the pipes, and the exits of what has ended are
    /// exact. They appear among the events once, unless they had been delivered. In the other modes what ended has the status 255,
    /// with a warning in the log, and containers that were connected by pipes or a terminal have lost their streams.
    /// </para>
    /// <para>
    /// FIFOs and files are opened again. A container that was not finished is removed, and so is an exec whose start had not been reported; execs that were
    /// added and not started are forgotten.
    /// </para>
    /// </remarks>
    /// <returns>The containers, each in the state it is in. One that cannot be taken over is left as it is, and in the log.</returns>
    public async Task<IReadOnlyList<ShimContainer>> AdoptAsync(CancellationToken cancellationToken = default)
    {
        IReadOnlyList<string> adopted = await _tasks.AdoptAsync(cancellationToken).ConfigureAwait(false);
        _host.ForgetEarlierEngines();
        return [.. adopted.Select(id => new ShimContainer(_tasks, id, _tasks.Containers.Get(id).Init.Pid))];
    }

    /// <summary>
    /// Ends the engine and leaves its containers as they are, for a later engine to take over: what waits in their streams stays there
    /// (with <see cref="ExitTracking.Reaper"/>), and what happens to them is told then.
    /// </summary>
    internal async Task DetachAsync()
    {
        _tasks.Containers.Close();
        using (CancellationTokenSource limit = new(FlushBound, _host.Time))
        {
            try
            {
                await _events.FlushAsync(limit.Token).ConfigureAwait(false);
            }
            catch (OperationCanceledException)
            {
                // What is not delivered is told by the next engine, as far as it concerns exits.
            }
        }

        // From here on nothing that is closed is taken for the wish to have it gone.
        _host.Detach();
        foreach (Container container in _tasks.Containers.All())
        {
            foreach (ManagedProcess process in container.AllExecs().Append<ManagedProcess>(container.Init))
            {
                await process.DisposeStdioAsync().ConfigureAwait(false);
            }

            container.Dispose();
        }

        await _events.DisposeAsync().ConfigureAwait(false);
        _host.Dispose();
        _state.Dispose();
    }

    private static ChannelEventPublisher NewChannel(EngineRecords records) => new()
    {
        Taken = envelope =>
        {
            if (envelope.Event is TaskExitedEvent exited)
            {
                records.NoteDelivered(exited.ContainerId, exited.ProcessId);
            }
        },
    };
}
