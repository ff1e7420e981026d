using System.Runtime.CompilerServices;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stats;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk;

/// <content>What can be done with a running container, and seen of it.</content>
public sealed partial class ShimContainer
{
    /// <summary>Freezes every process (<c>runc pause</c>).</summary>
    /// <exception cref="ShimException">Unknown: it does not run, or the runtime failed; it runs on.</exception>
    public Task PauseAsync(CancellationToken cancellationToken = default) => CallAsync("pause", _container.Init.PauseAsync, cancellationToken);

    /// <summary>Undoes <see cref="PauseAsync"/> (<c>runc resume</c>).</summary>
    /// <exception cref="ShimException">Unknown: it is not paused, or the runtime failed.</exception>
    public Task ResumeAsync(CancellationToken cancellationToken = default) => CallAsync("resume", _container.Init.ResumeAsync, cancellationToken);

    /// <summary>Changes limits (<c>runc update</c>); those that are null stay as they are.</summary>
    /// <exception cref="ShimException">InvalidArgument: a limit that no kernel takes. Unknown: it has ended, or the runtime failed.</exception>
    public Task UpdateAsync(ResourceLimits limits, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(limits);
        limits.Validate();
        return CallAsync("update", token => _container.Init.UpdateAsync(SpecJson.Object(limits.WriteMembers), token), cancellationToken);
    }

    /// <summary>Writes an image of the container, from which another can be restored (<c>runc checkpoint</c>, criu).</summary>
    /// <exception cref="ShimException">
    /// InvalidArgument: no image path, or a path that is not absolute. Unimplemented: the runtime cannot. Unknown: it does not run, or criu
    /// failed.
    /// </exception>
    public Task CheckpointAsync(RuntimeCheckpoint checkpoint, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(checkpoint);
        ShimTaskService.RequirePath(checkpoint);
        return CallAsync("checkpoint", token => _container.Init.CheckpointAsync(checkpoint, token), cancellationToken);
    }

    /// <summary>Sets the size of the terminal; before the start, too. Does nothing without a terminal.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Less than 0 or more than 65535.</exception>
    public Task ResizeAsync(int columns, int rows, CancellationToken cancellationToken = default)
    {
        TerminalSize.Demand(columns, rows);
        return _context.AnswerAsync(() => _container.Init.ResizePty(columns, rows), cancellationToken);
    }

    /// <summary>Ends the input of the init process; with a stream, the same as disposing it.</summary>
    public Task CloseInputAsync(CancellationToken cancellationToken = default) => _context.AnswerAsync(_container.Init.CloseStdin, cancellationToken);

    /// <summary>Lists its processes (<c>runc ps</c>), in the pid namespace of this process.</summary>
    /// <exception cref="ShimException">NotFound: it was deleted. Unknown: the runtime failed, as for a container that has ended.</exception>
    public async Task<IReadOnlyList<ContainerProcess>> PidsAsync(CancellationToken cancellationToken = default) =>
        (await _context.CallAsync("pids", Id, "", _container.PidsAsync, cancellationToken).ConfigureAwait(false)).Processes;

    /// <summary>Reads what the container uses now; once it has ended and until it is deleted, what it has used in all.</summary>
    /// <exception cref="ShimException">NotFound: it has no cgroup, or was deleted.</exception>
    public Task<ContainerStats> StatsAsync(CancellationToken cancellationToken = default) => _context.Calls.RunAsync(
        token =>
        {
            token.ThrowIfCancellationRequested();
            return Task.FromResult(StatsReader.Read(_container.Stats().Metrics, _context.Services.Time.GetUtcNow()));
        },
        cancellationToken);

    /// <summary>Reads what the container uses, at once and then once an interval, until it ends; then the enumeration ends, too.</summary>
    /// <param name="interval">The time between two readings. A slow reader gets fewer; none are kept for it.</param>
    /// <param name="cancellationToken">Ends the enumeration with an <see cref="OperationCanceledException"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The interval is not positive.</exception>
    /// <exception cref="ShimException">NotFound: it has no cgroup (yet).</exception>
    public IAsyncEnumerable<ContainerStats> WatchStatsAsync(TimeSpan interval, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(interval, TimeSpan.Zero);
        _context.Calls.ThrowIfEnded();
        return EachStatsAsync(interval, cancellationToken);
    }

    private async IAsyncEnumerable<ContainerStats> EachStatsAsync(TimeSpan interval, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        using PeriodicTimer timer = new(interval, _context.Services.Time);
        Task ended = _context.WaitAsync(_container.Init, cancellationToken);
        while (!ended.IsCompleted)
        {
            ContainerStats stats;
            try
            {
                stats = await StatsAsync(cancellationToken).ConfigureAwait(false);
            }
            catch (ShimException e) when (e.Code == ShimErrorCode.NotFound && ended.IsCompleted)
            {
                break;
            }

            yield return stats;
            Task tick = timer.WaitForNextTickAsync(cancellationToken).AsTask();
            await (await Task.WhenAny(tick, ended).ConfigureAwait(false)).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
    }
}
