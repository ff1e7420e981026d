using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Containers;

/// <summary>
/// SIGKILL for a container, which works whatever becomes of the runtime: one that hangs, cannot be started or fails is done without, by
/// the descriptor of the init process and by the cgroup.
/// </summary>
internal sealed class ForcedKill(Container container)
{
    private const int SigKill = 9;

    private EngineServices Services => container.Services;

    /// <summary>Kills; by the runtime if it can, which knows best what belongs to the container.</summary>
    /// <exception cref="ShimException">
    /// NotFound: the process has ended. What the runtime failed with: nothing else is known of the process either.
    /// </exception>
    public async Task KillAsync(bool all, CancellationToken cancellationToken)
    {
        using CancellationTokenSource ending = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task call = container.CallRuntimeAsync(
            token => Services.Runtime.KillAsync(container.Runtime, SigKill, all, token), ending.Token);
        try
        {
            await AnsweredAsync(call).ConfigureAwait(false);
        }
        catch (Exception e) when (!(e is OperationCanceledException && cancellationToken.IsCancellationRequested))
        {
            // Where the runtime says that it has ended its end is known in a moment, unless the runtime has lost the container.
            bool mayHaveEnded = e is ShimException { Code: ShimErrorCode.NotFound };
            if ((mayHaveEnded && !await container.Init.OutlivesAsync(Services.Timeouts.KilledExitNoticed, cancellationToken).ConfigureAwait(false))
                || !await TryWithoutRuntimeAsync(e).ConfigureAwait(false))
            {
                throw;
            }
        }
        finally
        {
            Abandon(call, ending);
        }
    }

    private async Task AnsweredAsync(Task call)
    {
        try
        {
            await call.WaitAsync(Services.Timeouts.KillByRuntime, Services.Time).ConfigureAwait(false);
        }
        catch (TimeoutException e) when (!call.IsCompleted)
        {
            throw ShimException.DeadlineExceeded($"the runtime did not kill within {Services.Timeouts.KillByRuntime.TotalSeconds} s", e);
        }
    }

    /// <summary>Ends a call that goes on. How it fails then is nobody's concern.</summary>
    private static void Abandon(Task call, CancellationTokenSource ending)
    {
        if (!call.IsCompleted)
        {
            call.ContinueWith(
                static done => _ = done.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);
            ending.Cancel();
        }
    }

    /// <summary>Kills init, and all others where it does not take them along. False where there is nothing to kill by.</summary>
    private async Task<bool> TryWithoutRuntimeAsync(Exception failure)
    {
        bool signalled = container.Init.TrySignalKill();
        if (!signalled && container.Cgroup is null)
        {
            return false;
        }

        Services.Logger.KilledWithoutRuntime(failure, container.Id);
        if (container.Cgroup is { } cgroup && (container.SharesPidNamespace || !signalled))
        {
            await KillAllAsync(cgroup, isEnough: signalled).ConfigureAwait(false);
        }

        return true;
    }

    /// <param name="cgroup">The container's.</param>
    /// <param name="isEnough">Whether init has its SIGKILL already: the rest is tried again at its exit.</param>
    private async Task KillAllAsync(ICgroup cgroup, bool isEnough)
    {
        using CancellationTokenSource limit = new(Services.Timeouts.KillRest, Services.Time);
        try
        {
            await cgroup.KillAllAsync(limit.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (isEnough)
        {
            Services.Logger.KillRestFailed(e, container.Id);
        }
        catch (OperationCanceledException e)
        {
            throw ShimException.DeadlineExceeded("the killed processes have not ended", e);
        }
        catch (LinuxException e)
        {
            throw e.ToShimException();
        }
    }
}
