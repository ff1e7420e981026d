using ContainerShim.Sdk.Containers;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>The end of a shim that nobody uses: one whose containerd died before it created or removed anything would stay for ever.</summary>
internal static class IdleWait
{
    /// <summary>
    /// Ends when there has been no container for as long as the timeout, and closes the table then; or when the shim ends for another
    /// reason. It looks once a timeout, so that it may take two of them.
    /// </summary>
    internal static async Task EndAsync(ContainerTable containers, TimeSpan timeout, TimeProvider time, Task ended)
    {
        long before;
        do
        {
            before = containers.Changes;
            await Task.WhenAny(Task.Delay(timeout, time), ended).ConfigureAwait(false);
        }
        while (!ended.IsCompleted && (containers.Changes != before || !containers.TryClose()));
    }
}
