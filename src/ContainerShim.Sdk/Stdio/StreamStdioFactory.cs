using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Connects processes to streams of this process, and leaves what goes elsewhere to another factory.</summary>
internal sealed class StreamStdioFactory(IStdioFactory others, StreamTable table, IReactor reactor, TimeProvider time) : IStdioFactory
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
                streams.Terminal ? new StreamConsoleStdio(streams, reactor, time) : new StreamPipeStdio(streams, request.Uid, request.Gid));
        }
        catch (LinuxException exception)
        {
            return Task.FromException<IProcessStdio>(exception.ToShimException());
        }
    }
}
