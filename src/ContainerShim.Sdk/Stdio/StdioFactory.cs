using ContainerShim.Sdk.Consoles;
using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Connects streams by what the paths say: the scheme of stdout decides for all.</summary>
internal sealed class StdioFactory : IStdioFactory
{
    private readonly IProcessSpawner _spawner;
    private readonly IStreamKeeper? _keeper;
    private readonly StdioServices _services;
    private readonly LogFiles _logFiles;

    /// <param name="reactor">Relays.</param>
    /// <param name="spawner">Starts logging processes.</param>
    /// <param name="time">The clock.</param>
    /// <param name="logger">Is told what goes wrong in the background.</param>
    /// <param name="options">Where streams may go; null for the defaults.</param>
    /// <param name="keeper">Holds streams for a later engine.</param>
    /// <param name="adjust">Replaces what touches the disk; for tests.</param>
    internal StdioFactory(
        IReactor reactor,
        IProcessSpawner spawner,
        TimeProvider time,
        ILogger logger,
        StdioOptions? options = null,
        IStreamKeeper? keeper = null,
        Func<StdioServices, StdioServices>? adjust = null)
    {
        _spawner = spawner;
        _keeper = keeper;
        _services = new StdioServices(reactor, time, logger, options ?? new StdioOptions(), keeper);
        _services = adjust?.Invoke(_services) ?? _services;

        _logFiles = new LogFiles(_services);
    }

    /// <inheritdoc/>
    public StreamCounters Totals => _services.Totals;

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

            StdioUri uri = ParseAllowed(request.Paths.Stdout);
            return uri.Scheme switch
            {
                "binary" or "binary-v2" => new BinaryStdio(
                    await BinaryLogger.StartAsync(_services, _spawner, uri, request, cancellationToken).ConfigureAwait(false)),
                _ when DirectFileStdio.IsAskedFor(uri) => DirectFileStdio.Open(uri, request),
                _ => await OpenPipedAsync(request, uri, kept: null, cancellationToken).ConfigureAwait(false),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new ShimException(
                exception is LinuxException { IsExhaustion: true } ? ShimErrorCode.ResourceExhausted : ShimErrorCode.Unknown,
                "failed to create init process I/O: " + exception.Message,
                exception);
        }
    }

    /// <inheritdoc/>
    public async Task<IProcessStdio> ReopenAsync(StdioRequest request, CancellationToken cancellationToken)
    {
        StdioUri uri = StdioUri.Parse(request.Paths.Stdout);
        if (_keeper is null || DirectFileStdio.IsAskedFor(uri) || (request.Paths.IsNull || uri.IsLogger) && !request.Paths.Terminal)
        {
            // There is nothing to go on with, or a logging process that goes on by itself.
            return new NullStdio();
        }

        using KeptStreams kept = await _keeper.TakeBackAsync(request.Key, cancellationToken).ConfigureAwait(false);
        try
        {
            if (!request.Paths.Terminal)
            {
                PipedStdio piped = await OpenPipedAsync(request, uri, kept, cancellationToken).ConfigureAwait(false);
                await piped.AttachAsync(cancellationToken).ConfigureAwait(false);
                return piped;
            }

            if (kept.Take(StreamKind.Console) is not { } master)
            {
                return new NullStdio();
            }

            return await ReopenTerminalAsync(request, uri, master, cancellationToken).ConfigureAwait(false);
        }
        catch (LinuxException exception)
        {
            throw exception.ToShimException();
        }
    }

    /// <summary>Ends when the log files have all that was written for them so far, or have counted it as lost.</summary>
    internal Task LogsWrittenAsync() => _logFiles.WrittenAsync();

    private async Task<PipedStdio> OpenPipedAsync(StdioRequest request, StdioUri uri, KeptStreams? kept, CancellationToken cancellationToken)
    {
        SlowReader slowReader = ChooseSlowReader(request);
        IOutputSink? stdout = await OpenSinkAsync(uri, slowReader, cancellationToken).ConfigureAwait(false);
        try
        {
            // A log file takes both streams; FIFOs are opened once for each, also when it is one FIFO.
            IOutputSink? stderr = request.Paths.Stderr.Length == 0 ? null
                : await OpenSinkAsync(uri.Scheme == "file" ? uri : ParseAllowed(request.Paths.Stderr), slowReader, cancellationToken).ConfigureAwait(false);
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
        StdioUri uri = ParseAllowed(request.Paths.Stdout);
        return uri.IsLogger
            ? await OpenWithLoggerAsync(request, uri, master: null, cancellationToken).ConfigureAwait(false)
            : await OpenConsoleAsync(request, uri, master: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Somebody must read a terminal, or its process waits for ever once it is full.</summary>
    private async Task<ConsoleStdio> OpenConsoleAsync(StdioRequest request, StdioUri uri, SafeFd? master, CancellationToken cancellationToken)
    {
        IOutputSink? sink = await OpenSinkAsync(uri, ChooseSlowReader(request), cancellationToken).ConfigureAwait(false);
        return new ConsoleStdio(_services, request, sink ?? new NullSink(_services), logger: null, master);
    }

    private async Task<ConsoleStdio> OpenWithLoggerAsync(StdioRequest request, StdioUri uri, SafeFd? master, CancellationToken cancellationToken)
    {
        BinaryLogger binary = await BinaryLogger.StartAsync(_services, _spawner, uri, request, cancellationToken).ConfigureAwait(false);
        try
        {
            binary.Stderr.Dispose();
            Libc.SetNonBlocking(binary.Stdout);
            return new ConsoleStdio(_services, request, new PipeSink(_services, binary.Stdout), binary, master);
        }
        catch
        {
            await binary.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<ConsoleStdio> ReopenTerminalAsync(StdioRequest request, StdioUri uri, SafeFd master, CancellationToken cancellationToken)
    {
        try
        {
            ConsoleStdio console = uri.IsLogger
                ? await ReopenWithLoggerAsync(request, master, cancellationToken).ConfigureAwait(false)
                : await OpenConsoleAsync(request, uri, master, cancellationToken).ConfigureAwait(false);
            await console.AttachAsync(cancellationToken).ConfigureAwait(false);
            return console;
        }
        catch
        {
            master.Dispose();
            throw;
        }
    }

    /// <summary>
    /// The logging process of a terminal has got its output through the earlier engine, and found its end with that: it is started anew.
    /// Where it cannot be, what the process writes from now on is thrown away, lest it wait for ever.
    /// </summary>
    private async Task<ConsoleStdio> ReopenWithLoggerAsync(StdioRequest request, SafeFd master, CancellationToken cancellationToken)
    {
        try
        {
            return await OpenWithLoggerAsync(request, ParseAllowed(request.Paths.Stdout), master, cancellationToken).ConfigureAwait(false);
        }
        catch (ShimException exception)
        {
            _services.Logger.LoggerNotRestarted(exception, request.Key);
            return new ConsoleStdio(_services, request, new NullSink(_services), logger: null, master);
        }
    }

    private StdioUri ParseAllowed(string text)
    {
        StdioUri uri = StdioUri.Parse(text);
        return !StdioUri.IsKnown(uri.Scheme) || _services.Options.Schemes.Contains(uri.Scheme)
            ? uri
            : throw ShimException.PermissionDenied($"STDIO scheme {uri.Scheme} is not among those that are allowed here");
    }

    private SlowReader ChooseSlowReader(StdioRequest request)
    {
        SlowReader slowReader = SlowReader.Choose(_services.Options, request.Annotations);
        string directory = _services.Options.SpillDirectory;
        return slowReader.Policy != SlowReaderPolicy.Spill || Directory.Exists(directory)
            ? slowReader
            : throw ShimException.FailedPrecondition($"directory \"{directory}\" for output that waits for its reader does not exist");
    }

    private async Task<IOutputSink> OpenLogFileAsync(LogFileOptions options, CancellationToken cancellationToken)
    {
        LogFile file = await _logFiles.OpenAsync(options, cancellationToken).ConfigureAwait(false);
        return new LogFileSink(_services, file, file => _logFiles.Release(options.Path, file));
    }

    private async Task<IOutputSink?> OpenSinkAsync(StdioUri uri, SlowReader slowReader, CancellationToken cancellationToken) => uri.Scheme switch
    {
        "fifo" when uri.Path.Length == 0 => null,
        "fifo" => await FifoOpener.OpenOutputAsync(_services, uri.Path, slowReader, cancellationToken).ConfigureAwait(false),
        "file" => await OpenLogFileAsync(LogFileOptions.Parse(uri), cancellationToken).ConfigureAwait(false),
        _ => throw ShimException.Unknown("failed to create init process I/O: unknown STDIO scheme " + uri.Scheme),
    };
}
