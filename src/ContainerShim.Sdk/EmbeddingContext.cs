using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk;

/// <summary>What the handles of an engine's containers and processes work with.</summary>
internal sealed class EmbeddingContext(
    ShimTaskService tasks, EngineServices services, StreamTable streams, OwnedBundles bundles, CallMeter? operations = null, bool leavesContainers = false)
{
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    internal ShimTaskService Tasks => tasks;

    internal EngineServices Services => services;

    internal StreamTable Streams => streams;

    internal OwnedBundles Bundles => bundles;

    /// <summary>Whether containers outlive the engine and the handles.</summary>
    internal bool LeavesContainers => leavesContainers;

    /// <summary>Ends with the engine: nothing is learnt about any process after that.</summary>
    internal Task Ended => _ended.Task;

    internal void End() => _ended.TrySetResult();

    /// <exception cref="ObjectDisposedException">The engine has ended.</exception>
    internal void ThrowIfEnded() => ObjectDisposedException.ThrowIf(_ended.Task.IsCompleted, typeof(ContainerShimEngine));

    /// <summary>Measures an operation, where telemetry is on.</summary>
    internal Task MeasureAsync(string operation, string containerId, string execId, Func<Task> run) =>
        operations is null ? run() : operations.MeasureAsync(operation, containerId, execId, run);

    /// <inheritdoc cref="MeasureAsync(string, string, string, Func{Task})"/>
    internal Task<T> MeasureAsync<T>(string operation, string containerId, string execId, Func<Task<T>> run) =>
        operations is null ? run() : operations.MeasureAsync(operation, containerId, execId, run);

    /// <summary>Waits for the end of a process, or of the engine.</summary>
    internal Task WaitAsync(ManagedProcess process, CancellationToken cancellationToken) =>
        process.Ended.IsCompleted ? Task.CompletedTask : Task.WhenAny(process.Ended, _ended.Task).WaitAsync(cancellationToken);

    /// <summary>Whether a process has ended within a time.</summary>
    internal async Task<bool> EndsWithinAsync(ManagedProcess process, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await WaitAsync(process, cancellationToken).WaitAsync(limit, services.Time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
