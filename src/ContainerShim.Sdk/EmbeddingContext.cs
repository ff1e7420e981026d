using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Containers;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Stdio;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk;

/// <summary>What the handles of an engine's containers and processes work with.</summary>
internal sealed class EmbeddingContext(
    ShimTaskService tasks,
    EngineServices services,
    StreamTable streams,
    OwnedBundles bundles,
    EngineCalls calls,
    CallMeter? operations = null,
    bool leavesContainers = false)
{
    /// <summary>The longest that a timer takes; more is as good as infinite.</summary>
    private static readonly TimeSpan LongestWait = TimeSpan.FromMilliseconds(uint.MaxValue - 1);

    internal ShimTaskService Tasks => tasks;

    internal EngineServices Services => services;

    internal StreamTable Streams => streams;

    internal OwnedBundles Bundles => bundles;

    internal EngineCalls Calls => calls;

    /// <summary>Whether containers outlive the engine and the handles.</summary>
    internal bool LeavesContainers => leavesContainers;

    /// <summary>Measures an operation, where telemetry is on.</summary>
    internal Task MeasureAsync(string operation, string containerId, string execId, Func<Task> run) =>
        operations is null ? run() : operations.MeasureAsync(operation, containerId, execId, run);

    /// <inheritdoc cref="MeasureAsync(string, string, string, Func{Task})"/>
    internal Task<T> MeasureAsync<T>(string operation, string containerId, string execId, Func<Task<T>> run) =>
        operations is null ? run() : operations.MeasureAsync(operation, containerId, execId, run);

    /// <summary>Makes an operation a call of the engine's, and measures it.</summary>
    internal Task CallAsync(
        string operation, string containerId, string execId, Func<CancellationToken, Task> run, CancellationToken cancellationToken) =>
        calls.RunAsync(token => MeasureAsync(operation, containerId, execId, () => run(token)), cancellationToken);

    /// <inheritdoc cref="CallAsync(string, string, string, Func{CancellationToken, Task}, CancellationToken)"/>
    internal Task<T> CallAsync<T>(
        string operation, string containerId, string execId, Func<CancellationToken, Task<T>> run, CancellationToken cancellationToken) =>
        calls.RunAsync(token => MeasureAsync(operation, containerId, execId, () => run(token)), cancellationToken);

    /// <summary>Makes an operation that waits for nothing a call of the engine's.</summary>
    internal Task AnswerAsync(Action operate, CancellationToken cancellationToken) => calls.RunAsync(
        token =>
        {
            token.ThrowIfCancellationRequested();
            operate();
            return Task.CompletedTask;
        },
        cancellationToken);

    /// <summary>Waits for the end of a process, or of the engine.</summary>
    internal Task WaitAsync(ManagedProcess process, CancellationToken cancellationToken) => calls.WaitAsync(process.Ended, cancellationToken);

    /// <summary>Whether a process has ended within a time.</summary>
    internal async Task<bool> EndsWithinAsync(ManagedProcess process, TimeSpan limit, CancellationToken cancellationToken)
    {
        try
        {
            await process.Ended.WaitAsync(limit > LongestWait ? Timeout.InfiniteTimeSpan : limit, services.Time, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (TimeoutException)
        {
            return false;
        }
    }
}
