using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Connects processes to streams of this process, and leaves what goes elsewhere to another factory.</summary>
internal sealed class StreamStdioFactory(
    IStdioFactory others, StreamTable table, IReactor reactor, TimeProvider time, IStreamKeeper? keeper = null) : IStdioFactory
{
    /// <inheritdoc/>
    public StreamCounters Totals => others.Totals;

    /// <inheritdoc/>
    public Task<IProcessStdio> OpenAsync(StdioRequest request, CancellationToken cancellationToken)
    {
        if (!StreamTable.Names(request.Paths))
        {
            return others.OpenAsync(request, cancellationToken);
        }

        try
        {
            ProcessStreams streams = table.Find(request.Paths) ?? throw ShimException.NotFound($"streams {request.Paths.Stdout}");
            return Task.FromResult<IProcessStdio>(
                streams.Terminal ? new StreamConsoleStdio(streams, reactor, time, request.Key, keeper) : new StreamPipeStdio(streams, request, keeper));
        }
        catch (LinuxException exception)
        {
            return Task.FromException<IProcessStdio>(exception.ToShimException());
        }
    }

    /// <inheritdoc/>
    public async Task<IProcessStdio> ReopenAsync(StdioRequest request, CancellationToken cancellationToken)
    {
        if (!StreamTable.Names(request.Paths))
        {
            return await others.ReopenAsync(request, cancellationToken).ConfigureAwait(false);
        }

        using KeptStreams kept = keeper is null
            ? new KeptStreams(0, [])
            : await keeper.TakeBackAsync(request.Key, cancellationToken).ConfigureAwait(false);
        ProcessStreams streams = table.Restore(request.Paths);
        try
        {
            if (!streams.Terminal)
            {
                return new StreamPipeStdio(streams, request, keeper, kept);
            }

            StreamConsoleStdio console = new(streams, reactor, time, request.Key, keeper, isThere: true);
            try
            {
                console.Attach(kept.Take(StreamKind.Console));
                return console;
            }
            catch
            {
                console.LetGo();
                throw;
            }
        }
        catch (LinuxException exception)
        {
            throw exception.ToShimException();
        }
    }
}
