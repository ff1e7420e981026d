using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk;

/// <summary>One container of a <see cref="ContainerShimEngine"/>. Safe for use from several threads.</summary>
/// <remarks>
/// It stands for this one container: after its deletion it does not act on another that got its id. Methods throw
/// <see cref="ObjectDisposedException"/> once the engine is disposed of, also those that are under way then; what is remembered can still be
/// asked for: the properties, and the exit of what has ended. A cancelled token ends the wait of its caller, and a
/// runtime call that has been begun; whatever a method has not done by then it does not do any more.
/// </remarks>
public sealed partial class ShimContainer : IAsyncDisposable
{
    private const int RemovalAttempts = 3;

    /// <summary>For a killed process to be gone: only one that hangs in the kernel takes longer.</summary>
    private static readonly TimeSpan KillBound = TimeSpan.FromSeconds(10);

    /// <summary>For the runtime call that asks a container to end to be over once nobody waits for it; a runtime may not heed its token.</summary>
    private static readonly TimeSpan AskEndBound = TimeSpan.FromSeconds(2);

    private readonly EmbeddingContext _context;
    private readonly Container _container;
    private readonly ProcessStreams? _streams;
    private readonly Lock _lock = new();
    private Task? _disposal;

    internal ShimContainer(EmbeddingContext context, Container container)
    {
        _context = context;
        _container = container;
        _streams = context.Streams.Find(container.Init.Paths);
    }

    /// <summary>Its id.</summary>
    public string Id => _container.Id;

    /// <summary>The directory of its bundle.</summary>
    public string BundlePath => _container.Bundle;

    /// <summary>
    /// The annotations of its <c>config.json</c>, with those of <see cref="BundleBuilder.WithAnnotation"/>: what a host notes there of a
    /// container, the host that adopts it reads here.
    /// </summary>
    public IReadOnlyDictionary<string, string> Annotations => _container.Annotations;

    /// <summary>Its init process, in the pid namespace of this process; 0 before a restore.</summary>
    public int Pid => _container.Init.Pid;

    /// <summary>Its state, from memory; <see cref="ContainerStatus.Unknown"/> once it is deleted.</summary>
    public ContainerStatus Status => _container.State("").Status;

    /// <summary>How its init process ended; null while it has not.</summary>
    public ProcessExit? Exit
    {
        get
        {
            lock (_container.Sync)
            {
                return _container.Init.Exit;
            }
        }
    }

    /// <summary>What the init process reads. Disposing the stream is the end of its input; writing waits while the pipe is full.</summary>
    /// <remarks>A write after the process has ended throws <see cref="IOException"/>. One writer at a time; asynchronous calls only.</remarks>
    /// <exception cref="InvalidOperationException">The container was made without such a stream.</exception>
    public Stream StandardInput => (Stream?)_streams?.Input ?? throw NoStream("input");

    /// <summary>
    /// What the init process writes. It can be read to its end also after the container was deleted, until this object is disposed of.
    /// <c>PipeReader.Create</c> makes a reader of it.
    /// </summary>
    /// <remarks>One reader at a time; asynchronous calls only, which occupy no thread.</remarks>
    /// <exception cref="InvalidOperationException">The container was made without such a stream.</exception>
    public Stream StandardOutput => (Stream?)_streams?.Output ?? throw NoStream("output");

    /// <summary>What the init process writes to its error output; see <see cref="StandardOutput"/>.</summary>
    /// <exception cref="InvalidOperationException">The container was made without such a stream, or with a terminal.</exception>
    public Stream StandardError => (Stream?)_streams?.Error ?? throw NoStream("error output");

    /// <summary>Starts the init process (<c>runc start</c>), or restores it. Point of no return: the call of the runtime.</summary>
    /// <exception cref="ShimException">Unknown: it was started before, or the runtime failed.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) => CallAsync("start", _container.Init.StartAsync, cancellationToken);

    /// <summary>Waits for the end of the init process. Answers at once when it has ended, also after the container was deleted.</summary>
    /// <returns>Its exact status, and whether the OOM killer struck.</returns>
    /// <exception cref="ShimException">NotFound: the container was deleted before there was a process.</exception>
    /// <exception cref="ObjectDisposedException">The engine was disposed of and has left the container running.</exception>
    public async Task<ProcessExit> WaitAsync(CancellationToken cancellationToken = default)
    {
        await _context.WaitAsync(_container.Init, cancellationToken).ConfigureAwait(false);
        if (Exit is { } exit)
        {
            return exit;
        }

        _context.Calls.ThrowIfEnded();
        throw ShimException.NotFound("container not created");
    }

    /// <summary>Sends a signal (<c>runc kill</c>) to the init process, or to all of the container. Never waits for another operation.</summary>
    /// <remarks>
    /// SIGKILL does not depend on the runtime: where that fails, or has not killed after 5 seconds, the engine kills the init process, and what
    /// else there is where the pid namespace is shared. Other signals fail with the runtime.
    /// </remarks>
    /// <param name="signal">The signal. Default: null, SIGKILL.</param>
    /// <param name="all">Whether every process gets it.</param>
    /// <param name="cancellationToken">Ends the runtime call.</param>
    /// <exception cref="ShimException">NotFound: it has ended. InvalidArgument: no such signal.</exception>
    public Task KillAsync(LinuxSignal? signal = null, bool all = false, CancellationToken cancellationToken = default) =>
        CallAsync("kill", token => _container.Init.KillAsync((signal ?? LinuxSignal.Kill).Number, all, token), cancellationToken);

    /// <summary>
    /// Asks the init process to end and waits; when it has not ended within the grace period, or cannot be asked since the runtime fails, kills
    /// it. A paused container is resumed, so that it can follow; one that was never started is killed at once.
    /// </summary>
    /// <param name="grace">How long it may take to end. Zero kills at once; <see cref="Timeout.InfiniteTimeSpan"/> never does, but fails when it cannot be asked.</param>
    /// <param name="signal">The signal that asks. Default: null, what the bundle's annotation <c>org.opencontainers.image.stopSignal</c> says, else SIGTERM.</param>
    /// <param name="cancellationToken">Ends the wait; the container may have been signalled by then, and is not killed.</param>
    /// <returns>How it ended; at once when it had ended before.</returns>
    /// <exception cref="ShimException">
    /// DeadlineExceeded: it has not even been ended by SIGKILL. InvalidArgument: there is no such signal; it runs on. FailedPrecondition: it is to
    /// be restored and was not started, so that there is no process.
    /// </exception>
    public async Task<ProcessExit> StopAsync(TimeSpan grace, LinuxSignal? signal = null, CancellationToken cancellationToken = default)
    {
        if (grace < TimeSpan.Zero && grace != Timeout.InfiniteTimeSpan)
        {
            throw new ArgumentOutOfRangeException(nameof(grace), grace, "The grace period is negative.");
        }

        try
        {
            return await _context.Calls.RunAsync(token => StopNowAsync(grace, signal, token), cancellationToken).ConfigureAwait(false);
        }
        catch (ObjectDisposedException) when (!_context.LeavesContainers && !_context.Calls.HasEnded)
        {
            // The engine kills it.
            return await WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>
    /// Removes the container (<c>runc delete</c>), which must have ended or never have been started, its root file system's mounts, and
    /// its bundle where the engine wrote it. Its streams can still be read.
    /// </summary>
    /// <exception cref="ShimException">Unknown: it runs. NotFound: it was deleted before.</exception>
    public Task DeleteAsync(CancellationToken cancellationToken = default) => _context.Calls.RunAsync(DeleteNowAsync, cancellationToken);

    /// <summary>
    /// Kills the container if it runs, and removes it as <see cref="DeleteAsync"/> does. Does nothing when it has been removed. Its streams
    /// can still be read.
    /// </summary>
    /// <param name="cancellationToken">Ends the wait; the container may have been killed by then, and is removed by another call.</param>
    /// <exception cref="ShimException">It could not be removed.</exception>
    public Task RemoveAsync(CancellationToken cancellationToken = default) => _context.Calls.RunAsync(RemoveNowAsync, cancellationToken);

    /// <summary>
    /// Removes the container as <see cref="RemoveAsync"/> does, whatever state it is in, and closes its streams. With
    /// <see cref="ContainerShimSettings.LeaveContainersRunning"/> the container is left as it is, also one that has ended: disposal then only lets
    /// go of this process's ends of its streams, which is not the end of its input. May be called again.
    /// </summary>
    /// <remarks>
    /// There is one handle of a container, which <see cref="ContainerShimEngine.CreateContainerAsync(string, ContainerCreateOptions, CancellationToken)"/>,
    /// <see cref="ContainerShimEngine.GetContainer"/>, <see cref="ContainerShimEngine.Containers"/> and <see cref="ContainerShimEngine.AdoptAsync"/> share: it is
    /// disposed of for all that have it. Not to dispose of it leaks nothing, the engine takes care of it.
    /// </remarks>
    /// <exception cref="ShimException">It could not be removed.</exception>
    public ValueTask DisposeAsync()
    {
        lock (_lock)
        {
            if (_disposal is null or { IsCompleted: true, IsCompletedSuccessfully: false })
            {
                _disposal = Task.Run(EndAsync);
            }

            return new ValueTask(_disposal);
        }
    }

    /// <summary>Removes it although no call may begin any more, and whatever became of an earlier try.</summary>
    internal async Task EndWithEngineAsync()
    {
        try
        {
            await RemoveNowAsync(CancellationToken.None).ConfigureAwait(false);
        }
        finally
        {
            _streams?.Dispose();
        }
    }

    private static InvalidOperationException NoStream(string name) =>
        new($"The container was created without a stream for its {name}; ask for one in {nameof(ContainerStdio)}.");

    private Task CallAsync(string operation, Func<CancellationToken, Task> run, CancellationToken cancellationToken) =>
        _context.CallAsync(operation, Id, "", run, cancellationToken);

    private async Task EndAsync()
    {
        if (_context.LeavesContainers)
        {
            _streams?.LetGo();
            return;
        }

        try
        {
            await _context.Calls.RunAsync(RemoveNowAsync, CancellationToken.None).ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The engine removes it with itself, or has.
        }
        finally
        {
            _streams?.Dispose();
        }
    }

    private async Task<ProcessExit> StopNowAsync(TimeSpan grace, LinuxSignal? signal, CancellationToken cancellationToken)
    {
        if (Exit is { } before)
        {
            return before;
        }

        if (Pid == 0)
        {
            throw ShimException.FailedPrecondition($"container {Id} has no process yet", ShimErrorReason.IllegalState);
        }

        bool asks = grace != TimeSpan.Zero && Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Pausing;
        if (!asks || !await EndsWhenAskedAsync(grace, signal ?? StopSignal(), cancellationToken).ConfigureAwait(false))
        {
            await KillAndWaitAsync(cancellationToken).ConfigureAwait(false);
        }

        return await WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private async Task DeleteNowAsync(CancellationToken cancellationToken)
    {
        if (!ReferenceEquals(_context.Tasks.Containers.Find(Id), _container))
        {
            throw ShimException.NotFound("container not created");
        }

        await _context.MeasureAsync("delete", Id, "", () => _context.Tasks.DeleteAsync(_container, cancellationToken)).ConfigureAwait(false);
        _context.Bundles.Remove(BundlePath);
    }

    private async Task RemoveNowAsync(CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                if (Status is ContainerStatus.Running or ContainerStatus.Paused or ContainerStatus.Pausing)
                {
                    await KillAndWaitAsync(cancellationToken).ConfigureAwait(false);
                }

                await DeleteNowAsync(cancellationToken).ConfigureAwait(false);
                return;
            }
            catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
            {
                // Removed by somebody else meanwhile.
                _context.Bundles.Remove(BundlePath);
                return;
            }
            catch (ShimException e) when (e.Code == ShimErrorCode.Unknown && attempt < RemovalAttempts && Exit is null)
            {
                // Started by somebody else meanwhile.
            }
        }
    }

    private LinuxSignal StopSignal()
    {
        try
        {
            return _context.Services.Bundles.ReadSpec(BundlePath).Annotations.TryGetValue(BundleBuilder.StopSignalAnnotation, out string? name)
                && LinuxSignal.TryParse(name, out LinuxSignal signal) ? signal : LinuxSignal.Term;
        }
        catch (ShimException)
        {
            return LinuxSignal.Term;
        }
    }

    private async Task<bool> EndsWhenAskedAsync(TimeSpan grace, LinuxSignal signal, CancellationToken cancellationToken)
    {
        using CancellationTokenSource waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task asked = AskAsync(signal, waiting.Token);
        Task<bool> ended = _context.EndsWithinAsync(_container.Init, grace, waiting.Token);
        try
        {
            await Task.WhenAny(asked, ended).ConfigureAwait(false);
            if (asked.IsCompleted)
            {
                await asked.ConfigureAwait(false);
            }

            return await ended.ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code != ShimErrorCode.InvalidArgument && grace != Timeout.InfiniteTimeSpan)
        {
            // Nobody was asked, so that there is nothing to wait for.
            return false;
        }
        finally
        {
            // A runtime that hangs is ended with the wait, or it would outlast the engine.
            await waiting.CancelAsync().ConfigureAwait(false);
            await asked.WaitAsync(AskEndBound, _context.Services.Time, CancellationToken.None).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }
    }

    /// <summary>Runs beside the wait: a runtime that hangs must not keep the grace period from passing.</summary>
    private async Task AskAsync(LinuxSignal signal, CancellationToken cancellationToken)
    {
        try
        {
            await _context.MeasureAsync("kill", Id, "", () => _container.Init.KillAsync(signal.Number, all: false, cancellationToken)).ConfigureAwait(false);
            if (Status is ContainerStatus.Paused or ContainerStatus.Pausing)
            {
                await _container.Init.ResumeAsync(cancellationToken).ConfigureAwait(false);
            }
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound || Exit is not null)
        {
            // It has ended by itself.
        }
    }

    /// <summary>Kills, and returns when the exit is known.</summary>
    private async Task KillAndWaitAsync(CancellationToken cancellationToken)
    {
        try
        {
            await _context.MeasureAsync("kill", Id, "", () => _container.Init.KillAsync(LinuxSignal.Kill.Number, all: false, cancellationToken)).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // It has ended; its exit is on its way.
        }

        if (!await _context.EndsWithinAsync(_container.Init, KillBound, cancellationToken).ConfigureAwait(false))
        {
            throw ShimException.DeadlineExceeded("the killed init process has not ended");
        }
    }
}
