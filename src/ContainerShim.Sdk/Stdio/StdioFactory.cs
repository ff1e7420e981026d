using ContainerShim.Sdk.Consoles;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Connects streams by what the paths say: the scheme of stdout decides for all.</summary>
internal sealed class StdioFactory(
    IReactor reactor, IProcessSpawner spawner, TimeProvider time, ILogger logger, IStreamKeeper? keeper = null) : IStdioFactory
{
    private readonly StdioServices _services = new(reactor, time, logger, keeper);

    internal StdioTotals Totals => _services.Totals;

    /// <inheritdoc/>
    public async Task<IProcessStdio> OpenAsync(StdioRequest request, CancellationToken cancellationToken)
    {
        try
        {
            if (request.Paths.Terminal)
            {
                return await OpenTerminalAsync(request, cancellationToken).ConfigureAwait(false);
            }

            if (request.Paths.IsNull)
            {
                return new NullStdio();
            }

            StdioUri uri = StdioUri.Parse(request.Paths.Stdout);
            return uri.Scheme switch
            {
                "binary" or "binary-v2" => new BinaryStdio(
                    await BinaryLogger.StartAsync(_services, spawner, uri, request, cancellationToken).ConfigureAwait(false)),
                _ when DirectFileStdio.IsAskedFor(uri) => DirectFileStdio.Open(uri, request),
                _ => OpenPiped(request, uri),
            };
        }
        catch (LinuxException exception)
        {
            throw new ShimException(
                exception.IsExhaustion ? ShimErrorCode.ResourceExhausted : ShimErrorCode.Unknown,
                "failed to create init process I/O: " + exception.Message,
                exception);
        }
    }

    /// <inheritdoc/>
    public async Task<IProcessStdio> ReopenAsync(StdioRequest request, CancellationToken cancellationToken)
    {
        StdioUri uri = StdioUri.Parse(request.Paths.Stdout);
        bool hasLogger = uri.Scheme is "binary" or "binary-v2";
        if (keeper is null || request.Paths.IsNull && !request.Paths.Terminal || hasLogger && !request.Paths.Terminal)
        {
            // There is nothing to go on with, or a logging process that goes on by itself.
            return new NullStdio();
        }

        using KeptStreams kept = await keeper.TakeBackAsync(request.Key, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!request.Paths.Terminal)
            {
                PipedStdio piped = OpenPiped(request, uri, kept);
                await piped.AttachAsync(cancellationToken).ConfigureAwait(false);
                return piped;
            }

            if (kept.Take(StreamKind.Console) is not { } master)
            {
                return new NullStdio();
            }

            IOutputSink sink = (hasLogger ? null : OpenSink(request.Paths.Stdout, uri)) ?? FileSink.OpenNull();
            ConsoleStdio console = new(_services, request, sink, logger: null, master);
            await console.AttachAsync(cancellationToken).ConfigureAwait(false);
            return console;
        }
        catch (LinuxException exception)
        {
            throw exception.ToShimException();
        }
    }

    private PipedStdio OpenPiped(StdioRequest request, StdioUri uri, KeptStreams? kept = null)
    {
        IOutputSink? stdout = OpenSink(request.Paths.Stdout, uri);
        try
        {
            // A log file takes both streams; FIFOs are opened once for each, also when it is one FIFO.
            IOutputSink? stderr = request.Paths.Stderr.Length == 0 ? null
                : uri.Scheme == "file" ? OpenSink(request.Paths.Stdout, uri)
                : OpenSink(request.Paths.Stderr, StdioUri.Parse(request.Paths.Stderr));
            return new PipedStdio(_services, request, stdout, stderr, kept);
        }
        catch
        {
            stdout?.Dispose();
            throw;
        }
    }

    private async Task<IProcessStdio> OpenTerminalAsync(StdioRequest request, CancellationToken cancellationToken)
    {
        StdioUri uri = StdioUri.Parse(request.Paths.Stdout);
        if (uri.Scheme is not ("binary" or "binary-v2"))
        {
            // Somebody must read a terminal, or its process waits for ever once it is full.
            IOutputSink sink = OpenSink(request.Paths.Stdout, uri) ?? FileSink.OpenNull();
            return new ConsoleStdio(_services, request, sink, logger: null);
        }

        BinaryLogger binary = await BinaryLogger.StartAsync(_services, spawner, uri, request, cancellationToken).ConfigureAwait(false);
        try
        {
            binary.Stderr.Dispose();
            Libc.SetNonBlocking(binary.Stdout);
            return new ConsoleStdio(_services, request, new PipeSink(binary.Stdout), binary);
        }
        catch
        {
            await binary.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private IOutputSink? OpenSink(string path, StdioUri uri) => uri.Scheme switch
    {
        "fifo" when path.Length == 0 => null,
        "fifo" => FifoOpener.OpenOutput(_services, uri.Path),
        "file" => FileSink.OpenLog(uri.Path),
        _ => throw ShimException.Unknown("failed to create init process I/O: unknown STDIO scheme " + uri.Scheme),
    };
}
