using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Waits for the rest of the output of a process that has ended.</summary>
internal static class OutputDrain
{
    /// <summary>Ends when all streams have ended; when the token fires they are stopped, and what they still hold is lost.</summary>
    internal static async Task WaitAsync(IReactor reactor, IReadOnlyList<OutputStream> streams, CancellationToken cancellationToken)
    {
        Task ended = Task.WhenAll(streams.Select(static stream => stream.Ended));
        try
        {
            await ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await reactor.InvokeAsync(() =>
            {
                foreach (OutputStream stream in streams)
                {
                    stream.Stop();
                }
            }).ConfigureAwait(false);
        }
    }
}
