using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Waits for the rest of the output of a process that has ended.</summary>
internal static class OutputDrain
{
    /// <summary>For a reader that has not come yet, while there is something for it to read. A client that asked for the FIFOs comes at once.</summary>
    private static readonly TimeSpan LateReaderGrace = TimeSpan.FromSeconds(2);

    /// <summary>For a reader that is there for one stream, and has just come perhaps, to open the FIFOs of the others, too.</summary>
    private static readonly TimeSpan NextFifoGrace = TimeSpan.FromMilliseconds(500);

    /// <summary>
    /// Ends when all streams have ended and their readers were there; when the token fires they are stopped, and what they still hold is
    /// lost.
    /// </summary>
    internal static async Task WaitAsync(StdioServices services, IReadOnlyList<OutputStream> streams, CancellationToken cancellationToken)
    {
        Task ended = Task.WhenAll(streams.Select(static stream => stream.Ended));
        try
        {
            await ended.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            await services.Reactor.InvokeAsync(() =>
            {
                foreach (OutputStream stream in streams)
                {
                    stream.Stop();
                }
            }).ConfigureAwait(false);
            return;
        }

        await TakenAsync(services, streams, cancellationToken).ConfigureAwait(false);
    }

    private static async Task TakenAsync(StdioServices services, IReadOnlyList<OutputStream> streams, CancellationToken cancellationToken)
    {
        Task taken = Task.WhenAll(streams.Select(static stream => stream.Taken));
        try
        {
            await taken.WaitAsync(LateReaderGrace, services.Time, cancellationToken).ConfigureAwait(false);
            if (streams.Any(static stream => stream.HadReader))
            {
                // A FIFO that is opened after its writing end was closed has no end of file, though nothing was written to it.
                Task closed = Task.WhenAll(streams.Select(static stream => stream.Closed));
                await closed.WaitAsync(NextFifoGrace, services.Time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception e) when (e is TimeoutException or OperationCanceledException)
        {
            // Nobody came for it.
        }
    }
}
