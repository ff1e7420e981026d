using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Containers;

/// <summary>Finds out, and undoes, what a runtime call did that was not seen to its end.</summary>
internal sealed class CallAftermath(Container container)
{
    private EngineServices Services => container.Services;

    /// <summary>Whether the container runs: after a start call that was ended early only the runtime knows whether it had done its work.</summary>
    public async Task<bool> RunsAsync()
    {
        using CancellationTokenSource limit = new(Services.Timeouts.CleanUp, Services.Time);
        try
        {
            RuntimeState state = await Services.Runtime.StateAsync(container.Runtime, limit.Token).ConfigureAwait(false);
            return state.Status is "running" or "paused";
        }
        catch (Exception e) when (e is ShimException or OperationCanceledException)
        {
            Services.Logger.CleanUpFailed(e, container.Id, "state after start");
            return false;
        }
    }

    /// <summary>Removes what a restore that failed may have brought to life: it is not watched, and would keep the container from being deleted.</summary>
    public async Task RemoveAsync()
    {
        using CancellationTokenSource limit = new(Services.Timeouts.CleanUp, Services.Time);
        try
        {
            await Services.Runtime.DeleteAsync(container.Runtime, force: true, limit.Token).ConfigureAwait(false);
        }
        catch (ShimException e) when (e.Code == ShimErrorCode.NotFound)
        {
            // It failed before there was anything.
        }
        catch (Exception e) when (e is ShimException or OperationCanceledException)
        {
            Services.Logger.CleanUpFailed(e, container.Id, "delete after restore");
        }
    }
}
