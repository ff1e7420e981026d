using System.Runtime.CompilerServices;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk;

/// <content>Making and finding containers, and the end.</content>
public sealed partial class ContainerShimEngine
{
    private const int ParallelRemovals = 8;

    /// <summary>For a publisher to take the last events.</summary>
    private static readonly TimeSpan FlushBound = TimeSpan.FromSeconds(2);

    /// <summary>For a disk to take what was written for log files.</summary>
    private static readonly TimeSpan LogBound = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly PendingWork _work;
    private readonly CancellationTokenSource _ending = new();
    private readonly ConditionalWeakTable<Container, ShimContainer> _handles = [];
    private Task? _disposal;

    /// <summary>The containers there are at this moment, in no particular order; also those made through <see cref="Tasks"/>.</summary>
    public IReadOnlyList<ShimContainer> Containers => [.. _tasks.Containers.All().Select(HandleOf)];

    /// <summary>The container of an id; always the same object, so that disposing of it concerns all who have it.</summary>
    /// <exception cref="ShimException">NotFound: there is none.</exception>
    public ShimContainer GetContainer(string id) => HandleOf(_tasks.Containers.Get(id));

    /// <summary>The container of an id, or null.</summary>
    public ShimContainer? FindContainer(string id) => _tasks.Containers.Find(id) is { } container ? HandleOf(container) : null;

    /// <summary>Makes a container from a bundle on disk; its init process waits to be started.</summary>
    /// <param name="id">A new id: letters, digits and inner <c>._-</c>, at most 76 characters.</param>
    /// <param name="bundlePath">A directory with <c>config.json</c> and what it refers to; for one container at a time.</param>
    /// <param name="stdio">Where the streams of the init process go; <see cref="StdioPaths"/> will do, too. A terminal must be asked for in <c>config.json</c> as well.</param>
    /// <param name="cancellationToken">Ends the wait; what was made by then is removed.</param>
    /// <exception cref="ShimException">
    /// AlreadyExists: the id is in use. NotFound: no such bundle. InvalidArgument: an id, a stdio or options that cannot be.
    /// FailedPrecondition: another container of this engine has the bundle, or there are processes in the cgroup. Unknown: the runtime's
    /// error.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed of.</exception>
    public Task<ShimContainer> CreateContainerAsync(
        string id, string bundlePath, ContainerStdio? stdio = null, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(bundlePath);
        return CreateContainerAsync(
            id, new ContainerCreateOptions { BundlePath = bundlePath, Stdio = stdio ?? ContainerStdio.None }, cancellationToken);
    }

    /// <summary>Makes a container from a description, whose bundle the engine writes and removes; its init process waits to be started.</summary>
    /// <param name="id">A new id: letters, digits and inner <c>._-</c>, at most 76 characters.</param>
    /// <param name="bundle">What it is to be.</param>
    /// <param name="stdio">Where the streams of the init process go; <see cref="StdioPaths"/> will do, too.</param>
    /// <param name="cancellationToken">Ends the wait; what was made by then is removed.</param>
    /// <inheritdoc cref="CreateContainerAsync(string, string, ContainerStdio?, CancellationToken)" path="/exception"/>
    public Task<ShimContainer> CreateContainerAsync(
        string id, BundleBuilder bundle, ContainerStdio? stdio = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(bundle);
        return CreateContainerAsync(id, new ContainerCreateOptions { Bundle = bundle, Stdio = stdio ?? ContainerStdio.None }, cancellationToken);
    }

    /// <summary>Makes a container; its init process waits to be started, or to be restored.</summary>
    /// <param name="id">A new id: letters, digits and inner <c>._-</c>, at most 76 characters.</param>
    /// <param name="options">How.</param>
    /// <param name="cancellationToken">Ends the wait; what was made by then is removed.</param>
    /// <inheritdoc cref="CreateContainerAsync(string, string, ContainerStdio?, CancellationToken)" path="/exception"/>
    public async Task<ShimContainer> CreateContainerAsync(string id, ContainerCreateOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(id);
        ArgumentNullException.ThrowIfNull(options);
        using IDisposable work = _work.Enter();
        Identifiers.Validate(id);
        options.Validate();
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _ending.Token);
        string? written = null;
        ProcessStreams? streams = null;
        try
        {
            either.Token.ThrowIfCancellationRequested();
            string bundle = options.BundlePath is { } path ? Path.GetFullPath(path) : written = WriteBundle(id, options);
            streams = options.Stdio.HasStreams ? _context.Streams.Add(options.Stdio) : null;
            CreateTaskRequest request = new()
            {
                Id = id,
                Bundle = bundle,
                Rootfs = options.Bundle?.RootfsMounts ?? options.RootfsMounts,
                Stdio = streams?.Paths ?? options.Stdio.Paths ?? new StdioPaths { Terminal = options.Stdio.Terminal },
                Checkpoint = options.Checkpoint,
                Options = options.RuntimeOptions ?? _runtimeOptions,
            };
            await _context.MeasureAsync("create", id, "", () => _tasks.CreateAsync(request, either.Token)).ConfigureAwait(false);
            return GetContainer(id);
        }
        catch (Exception exception)
        {
            streams?.Dispose();
            _context.Bundles.Remove(written ?? "");
            ObjectDisposedException.ThrowIf(
                exception is OperationCanceledException && !cancellationToken.IsCancellationRequested && _ending.IsCancellationRequested, this);
            throw;
        }
    }

    /// <summary>
    /// Kills and deletes every container, removes the bundles that the engine wrote, and ends the engine. With
    /// <see cref="ContainerShimSettings.LeaveContainersRunning"/> containers, running or not, are left as they are for
    /// <see cref="AdoptAsync"/> of a later engine. A creation under way is undone. Never fails; what could not be removed is logged. May be
    /// called again.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            return new ValueTask(_disposal ??= Task.Run(EndAsync));
        }
    }

    private string WriteBundle(string id, ContainerCreateOptions options) => _context.Bundles.Create(
        id,
        options.Bundle!,
        new BundleContext(id, _directories.CgroupsPath(id, (options.RuntimeOptions ?? _runtimeOptions).SystemdCgroup), options.Stdio.HasTerminal, options.Stdio.Columns, options.Stdio.Rows));

    private ShimContainer HandleOf(Container container) =>
        _handles.GetValue(container, made => new ShimContainer(_context, made));

    private async Task EndAsync()
    {
        await _ending.CancelAsync().ConfigureAwait(false);
        await _work.CloseAsync().ConfigureAwait(false);
        if (!_leavesContainers)
        {
            await Parallel.ForEachAsync(
                _tasks.Containers.All(),
                new ParallelOptions { MaxDegreeOfParallelism = ParallelRemovals },
                async (container, _) => await RemoveAsync(container).ConfigureAwait(false)).ConfigureAwait(false);
        }

        await FlushAsync().ConfigureAwait(false);
        if (_leavesContainers)
        {
            await LetGoAsync().ConfigureAwait(false);
        }

        if (!await _host.WaitForLogsAsync(LogBound).ConfigureAwait(false))
        {
            _logger.LogsNotWritten(LogBound.TotalSeconds);
        }

        await _events.DisposeAsync().ConfigureAwait(false);
        _instrumentation?.Dispose();
        Events.Complete();
        _context.End();
        _context.Streams.Dispose();
        if (!_leavesContainers)
        {
            _context.Bundles.RemoveAll();
            await _host.EndReaperAsync().ConfigureAwait(false);
        }

        _host.Dispose();
        if (!_leavesContainers)
        {
            _state.RemoveLock();
            _directories.RemoveIfEmpty();
        }

        _state.Dispose();
        _ending.Dispose();
    }

    private async Task RemoveAsync(Container container)
    {
        try
        {
            await HandleOf(container).DisposeAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // the others are to be removed all the same
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _logger.NotRemoved(exception, container.Id);
        }
    }

    private async Task FlushAsync()
    {
        using CancellationTokenSource limit = new(FlushBound, _host.Time);
        try
        {
            await _events.FlushAsync(limit.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The publisher is away; its events end with the engine.
        }
    }
}
