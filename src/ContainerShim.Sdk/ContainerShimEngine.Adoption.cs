using ContainerShim.Sdk.Adoption;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Stdio;

namespace ContainerShim.Sdk;

/// <content>Taking over the containers of an earlier engine, and leaving them to a later one.</content>
public sealed partial class ContainerShimEngine
{
    /// <summary>
    /// Takes over the containers that an earlier engine with the same state directory and namespace has left, since it was told to or its
    /// process was killed: created, running, paused or stopped, with the execs that were started.
    /// </summary>
    /// <remarks>
    /// <para>
    /// With <see cref="ExitTracking.Reaper"/> nothing is lost meanwhile: output waits in the pipes, which streams and paths go on with, and
    /// the exits of what has ended are exact. In the other modes what ended has the status 255, with a warning in the log, and containers
    /// that were connected by pipes or a terminal have lost their streams. Bytes that the dead process had read and not written yet, to a log
    /// file or from a terminal, are lost with it; from a pipe to a FIFO none ever are.
    /// </para>
    /// <para>
    /// Exits that had not been delivered are told once, to the publisher, or to the readers of <see cref="Events"/> that are there by now: an
    /// event counts as delivered when the publisher has acknowledged it or, without a publisher, when a reader has come back for the
    /// next. A start that was not told before is told now. OOM kills are told again.
    /// </para>
    /// <para>
    /// A container that was not finished is removed, and so is an exec whose start had not been reported; execs that were added and not
    /// started are forgotten. An id that is not taken over cannot be used again.
    /// </para>
    /// </remarks>
    /// <returns>The containers, each in the state it is in. One that cannot be taken over is left as it is, and in the log.</returns>
    /// <exception cref="ObjectDisposedException">The engine was disposed of.</exception>
    public async Task<IReadOnlyList<ShimContainer>> AdoptAsync(CancellationToken cancellationToken = default)
    {
        using IDisposable work = _work.Enter();
        try
        {
            IReadOnlyList<Container> adopted = await _tasks.AdoptAsync(cancellationToken).ConfigureAwait(false);
            ForgetTheRest();
            return [.. adopted.Select(HandleOf)];
        }
        finally
        {
            // Also those that were taken over before the token fired.
            foreach (Container container in _tasks.Containers.All())
            {
                _context.Bundles.Own(container.Bundle);
            }
        }
    }

    /// <summary>What was not taken over, and what is another namespace's, may be yet: its pipes and statuses stay where they are kept.</summary>
    private void ForgetTheRest()
    {
        try
        {
            string own = _context.Services.ContainerdNamespace;
            _host.ForgetEarlierEngines(
                _records.ReadAllNamespaces()
                    .Where(process => process.ContainerdNamespace != own || _tasks.Containers.Find(process.ContainerId) is null)
                    .Select(static process => (StdioRequest.KeyOf(process.ContainerdNamespace, process.ContainerId, process.Record.Id), process.Record)));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            _logger.RecordsNotRead(exception);
        }
    }

    /// <summary>Closes this process's ends of everything. What is closed from here on is not taken for the wish to have it gone.</summary>
    private async Task LetGoAsync()
    {
        _host.Detach();
        foreach (Container container in _tasks.Containers.All())
        {
            foreach (ManagedProcess process in container.AllExecs().Append<ManagedProcess>(container.Init))
            {
                await process.DisposeStdioAsync().ConfigureAwait(false);
            }

            container.Dispose();
        }
    }

    private IEventPublisher PublisherOf(ContainerShimOptions options, EngineRecords records)
    {
        if (options.Publisher is { } publisher)
        {
            return DeliveryNotes.Around(_instrumentation?.Around(publisher) ?? publisher, records);
        }

        Events.Taken = envelope => DeliveryNotes.Note(envelope, records);
        return new NoPublisher();
    }
}
