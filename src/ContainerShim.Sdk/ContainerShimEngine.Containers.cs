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

    /// <summary>For calls under way, which are cancelled, to undo what they have begun. Each of their steps has a bound of its own, of 10 seconds at most.</summary>
    private static readonly TimeSpan CallsBound = TimeSpan.FromSeconds(45);

    /// <summary>For exits that are known to be reported, before others are left to a later engine.</summary>
    private static readonly TimeSpan ReportBound = TimeSpan.FromSeconds(10);

    /// <summary>For a publisher to take the last events.</summary>
    private static readonly TimeSpan FlushBound = TimeSpan.FromSeconds(2);

    /// <summary>For a publisher, which may be anybody's, to end.</summary>
    private static readonly TimeSpan PublisherBound = TimeSpan.FromSeconds(5);

    private readonly Lock _lock = new();
    private readonly EngineCalls _work;
    private readonly ConditionalWeakTable<Container, ShimContainer> _handles = [];
    private Task? _disposal;

    /// <summary>The containers there are at this moment, in no particular order; also those made through <see cref="Tasks"/>.</summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed of.</exception>
    public IReadOnlyList<ShimContainer> Containers => [.. Table.All().Select(HandleOf)];

    /// <summary>The container of an id; always the same object, so that disposing of it concerns all who have it.</summary>
    /// <exception cref="ShimException">NotFound: there is none.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed of.</exception>
    public ShimContainer GetContainer(string id) => HandleOf(Table.Get(id));

    /// <summary>The container of an id, or null.</summary>
    /// <exception cref="ObjectDisposedException">The engine was disposed of.</exception>
    public ShimContainer? FindContainer(string id) => Table.Find(id) is { } container ? HandleOf(container) : null;

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
        return await _work.RunAsync(token => MakeContainerAsync(id, options, token), cancellationToken).ConfigureAwait(false);
    }

    /// <summary>
    /// Kills and deletes every container, removes the bundles that the engine wrote, and ends the engine. With
    /// <see cref="ContainerShimSettings.LeaveContainersRunning"/> containers, running or not, are left as they are for
    /// <see cref="AdoptAsync"/> of a later engine. Calls under way are cancelled, a creation is undone, and their
    /// callers get an <see cref="ObjectDisposedException"/>. Never fails; what could not be removed or ended is logged. May be called again.
    /// </summary>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            return new ValueTask(_disposal ??= Task.Run(EndAsync));
        }
    }

    private async Task<ShimContainer> MakeContainerAsync(string id, ContainerCreateOptions options, CancellationToken cancellationToken)
    {
        Identifiers.Validate(id);
        options.Validate();
        string? written = null;
        ProcessStreams? streams = null;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
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
            await _context.MeasureAsync("create", id, "", () => _tasks.CreateAsync(request, cancellationToken)).ConfigureAwait(false);
            return HandleOf(_tasks.Containers.Get(id));
        }
        catch
        {
            streams?.Dispose();
            _context.Bundles.Remove(written ?? "");
            throw;
        }
    }

    private ContainerTable Table
    {
        get
        {
            _work.ThrowIfEnded();
            return _tasks.Containers;
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
        await StepAsync("calls under way", EndCallsAsync).ConfigureAwait(false);
        if (!_leavesContainers)
        {
            await StepAsync("containers", RemoveAllAsync).ConfigureAwait(false);
        }

        await StepAsync("failed creations", _tasks.FinishRemovalsAsync).ConfigureAwait(false);

        await StepAsync("events", FlushAsync).ConfigureAwait(false);
        if (_leavesContainers)
        {
            await StepAsync("exits", StopWatchingAsync).ConfigureAwait(false);
            await StepAsync("containers", LetGoAsync).ConfigureAwait(false);
        }

        await StepAsync("log files", _host.WaitForLogsAsync).ConfigureAwait(false);
        await StepAsync("publisher", () => _events.DisposeAsync().AsTask().WaitAsync(PublisherBound, _host.Time)).ConfigureAwait(false);
        await StepAsync("telemetry", () => _instrumentation?.Dispose()).ConfigureAwait(false);
        await StepAsync("readers of events", Events.Complete).ConfigureAwait(false);
        await StepAsync("waiting callers", _work.CompleteAsync).ConfigureAwait(false);
        await StepAsync("streams", _context.Streams.Dispose).ConfigureAwait(false);
        if (!_leavesContainers)
        {
            await StepAsync("bundles", _context.Bundles.RemoveAll).ConfigureAwait(false);
            await StepAsync("reaper", _host.EndReaperAsync).ConfigureAwait(false);
        }

        await StepAsync("host", _host.Dispose).ConfigureAwait(false);
        if (!_leavesContainers)
        {
            await StepAsync("lock", _state.RemoveLock).ConfigureAwait(false);
            await StepAsync("directories", _directories.RemoveIfEmpty).ConfigureAwait(false);
        }

        await StepAsync("lock", _state.Dispose).ConfigureAwait(false);
        _work.Dispose();
    }

    /// <summary>Nothing may keep the rest from being ended, and the state directory from being free.</summary>
    private async Task StepAsync(string step, Func<Task> endAsync)
    {
        try
        {
            await endAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // the publisher is somebody else's code, and the rest is to end all the same
        catch (Exception exception)
#pragma warning restore CA1031
        {
            _logger.EndFailed(exception, step);
        }
    }

    private Task StepAsync(string step, Action end) => StepAsync(step, () =>
    {
        end();
        return Task.CompletedTask;
    });

    private async Task EndCallsAsync()
    {
        try
        {
            await _work.EndAsync().WaitAsync(CallsBound, _host.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _logger.CallsNotEnded(CallsBound.TotalSeconds);
        }

        // What such a call would still make would have nobody to remove it.
        _tasks.Containers.Close();
    }

    private Task RemoveAllAsync() => Parallel.ForEachAsync(
        _tasks.Containers.All(),
        new ParallelOptions { MaxDegreeOfParallelism = ParallelRemovals },
        async (container, _) => await RemoveAsync(container).ConfigureAwait(false));

    /// <summary>From here on an exit is a later engine's to learn of. Those that are known are on record when this returns.</summary>
    private async Task StopWatchingAsync()
    {
        _host.StopWatching();
        Task reported = Task.WhenAll(
            _tasks.Containers.All().SelectMany(static container => container.AllProcesses()).Select(static process => process.Reported));
        await reported.WaitAsync(ReportBound, _host.Time).ConfigureAwait(false);
    }

    private async Task RemoveAsync(Container container)
    {
        try
        {
            await HandleOf(container).EndWithEngineAsync().ConfigureAwait(false);
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
