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
    /// <summary>How long the end of an exhaustion is waited for when a stream is opened again, since another try never comes.</summary>
    private static readonly TimeSpan ReopenBound = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan ReopenPause = TimeSpan.FromMilliseconds(100);

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
                _ when DirectFileStdio.IsAskedFor(uri) =>
                    await DirectFileStdio.OpenAsync(_services, uri, request, cancellationToken).ConfigureAwait(false),
                _ => await OpenPipedAsync(request, kept: null, cancellationToken).ConfigureAwait(false),
            };
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Translate(exception);
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
            return request.Paths.Terminal
                ? await ReopenTerminalAsync(request, uri, kept.Take(StreamKind.Console), cancellationToken).ConfigureAwait(false)
                : await AttachedAsync(await OpenPipedAsync(request, kept, cancellationToken).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Translate(exception);
        }
    }

    /// <summary>Ends when the log files have all that was written for them so far, or have counted it as lost.</summary>
    internal Task LogsWrittenAsync() => _logFiles.WrittenAsync();

    private static ShimException Translate(Exception exception) => new(
        exception is LinuxException { IsExhaustion: true } ? ShimErrorCode.ResourceExhausted : ShimErrorCode.Unknown,
        "failed to create init process I/O: " + exception.Message,
        exception);

    /// <summary>From here on nothing is given up for a token that fires: what was kept goes with the streams.</summary>
    private static async Task<IProcessStdio> AttachedAsync(IProcessStdio stdio)
    {
        try
        {
            await stdio.AttachAsync(CancellationToken.None).ConfigureAwait(false);
            return stdio;
        }
        catch
        {
            await stdio.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<PipedStdio> OpenPipedAsync(StdioRequest request, KeptStreams? kept, CancellationToken cancellationToken)
    {
        FifoInput? input = null;
        IOutputSink? stdout = null;
        try
        {
            bool isAgain = kept is not null;
            stdout = await OpenOutputAsync(request, "stdout", request.Paths.Stdout, isAgain, cancellationToken).ConfigureAwait(false);
            input = await OpenInputAsync(request, isAgain, cancellationToken).ConfigureAwait(false);

            // A log file takes both streams; FIFOs are opened once for each, also when it is one FIFO.
            string path = StdioUri.Parse(request.Paths.Stdout).Scheme == "file" ? request.Paths.Stdout : request.Paths.Stderr;
            IOutputSink? stderr = request.Paths.Stderr.Length == 0 ? null
                : await OpenOutputAsync(request, "stderr", path, isAgain, cancellationToken).ConfigureAwait(false);
            return new PipedStdio(_services, request, input, stdout, stderr, kept);
        }
        catch
        {
            input?.Dispose();
            stdout?.Dispose();
            throw;
        }
    }

    private async Task<IProcessStdio> OpenTerminalAsync(StdioRequest request, CancellationToken cancellationToken)
    {
        StdioUri uri = ParseAllowed(request.Paths.Stdout);
        return uri.IsLogger
            ? await OpenWithLoggerAsync(request, uri, master: null, cancellationToken).ConfigureAwait(false)
            : await OpenConsoleAsync(request, master: null, cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Somebody must read a terminal, or its process waits for ever once it is full.</summary>
    private async Task<ConsoleStdio> OpenConsoleAsync(StdioRequest request, SafeFd? master, CancellationToken cancellationToken)
    {
        bool isAgain = master is not null;
        IOutputSink sink = await OpenOutputAsync(request, "stdout", request.Paths.Stdout, isAgain, cancellationToken).ConfigureAwait(false)
            ?? new NullSink(_services);
        try
        {
            FifoInput? input = await OpenInputAsync(request, isAgain, cancellationToken).ConfigureAwait(false);
            return new ConsoleStdio(_services, request, input, sink, logger: null, master);
        }
        catch
        {
            sink.Dispose();
            throw;
        }
    }

    private async Task<ConsoleStdio> OpenWithLoggerAsync(StdioRequest request, StdioUri uri, SafeFd? master, CancellationToken cancellationToken)
    {
        BinaryLogger binary = await BinaryLogger.StartAsync(_services, _spawner, uri, request, cancellationToken).ConfigureAwait(false);
        try
        {
            binary.Stderr.Dispose();
            Libc.SetNonBlocking(binary.Stdout);
            FifoInput? input = await OpenInputAsync(request, isAgain: master is not null, cancellationToken).ConfigureAwait(false);
            return new ConsoleStdio(_services, request, input, new PipeSink(_services, binary.Stdout), binary, master);
        }
        catch
        {
            await binary.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    private async Task<IProcessStdio> ReopenTerminalAsync(StdioRequest request, StdioUri uri, SafeFd? master, CancellationToken cancellationToken)
    {
        if (master is null)
        {
            return new NullStdio();
        }

        try
        {
            ConsoleStdio console = uri.IsLogger
                ? await ReopenWithLoggerAsync(request, master, cancellationToken).ConfigureAwait(false)
                : await OpenConsoleAsync(request, master, cancellationToken).ConfigureAwait(false);
            return await AttachedAsync(console).ConfigureAwait(false);
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
        ConsoleStdio? console = await AgainAsync(
            () => OpenWithLoggerAsync(request, ParseAllowed(request.Paths.Stdout), master, cancellationToken),
            exception => _services.Logger.LoggerNotRestarted(exception, request.Key),
            cancellationToken).ConfigureAwait(false);
        if (console is not null)
        {
            return console;
        }

        FifoInput? input = await OpenInputAsync(request, isAgain: true, cancellationToken).ConfigureAwait(false);
        try
        {
            return new ConsoleStdio(_services, request, input, new NullSink(_services), logger: null, master);
        }
        catch
        {
            input?.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Opens what a process writes to. Null where that is nothing. A process of an earlier engine must neither end nor wait for ever since
    /// it cannot be opened again: then what it writes is thrown away.
    /// </summary>
    private async Task<IOutputSink?> OpenOutputAsync(StdioRequest request, string name, string path, bool isAgain, CancellationToken cancellationToken)
    {
        if (!isAgain || path.Length == 0)
        {
            return await OpenAsync().ConfigureAwait(false);
        }

        return await AgainAsync(OpenAsync, exception => _services.Logger.StreamNotReopened(exception, name, request.Key), cancellationToken).ConfigureAwait(false)
            ?? new NullSink(_services);

        Task<IOutputSink?> OpenAsync() => OpenSinkAsync(ParseAllowed(path), ChooseSlowReader(request), cancellationToken);
    }

    /// <summary>Opens what a process reads from. Null where that is nothing, and where it cannot be opened again.</summary>
    private async Task<FifoInput?> OpenInputAsync(StdioRequest request, bool isAgain, CancellationToken cancellationToken) =>
        request.Paths.Stdin.Length == 0 ? null
        : !isAgain ? FifoOpener.OpenInput(request.Paths.Stdin)
        : await AgainAsync(
            () => Task.FromResult(FifoOpener.OpenInput(request.Paths.Stdin)),
            exception => _services.Logger.StreamNotReopened(exception, "stdin", request.Key),
            cancellationToken).ConfigureAwait(false);

    /// <summary>Opens something of a process of an earlier engine. Null when it cannot be opened, which is told.</summary>
    private async Task<T?> AgainAsync<T>(Func<Task<T>> open, Action<Exception> onFailure, CancellationToken cancellationToken)
        where T : class?
    {
        for (TimeSpan waited = TimeSpan.Zero; ; waited += ReopenPause)
        {
            try
            {
                return await open().ConfigureAwait(false);
            }
            catch (Exception exception) when (exception is ShimException or IOException or UnauthorizedAccessException)
            {
                bool mayPass = exception is LinuxException { IsExhaustion: true } or ShimException { Code: ShimErrorCode.ResourceExhausted };
                if (!mayPass || waited >= ReopenBound)
                {
                    onFailure(exception);
                    return null;
                }
            }

            await Task.Delay(ReopenPause, _services.Time, cancellationToken).ConfigureAwait(false);
        }
    }

    private StdioUri ParseAllowed(string text)
    {
        StdioUri uri = StdioUri.Parse(text);
        return !StdioUri.IsKnown(uri.Scheme) || _services.Options.Schemes.Contains(uri.Scheme)
            ? uri
            : throw ShimException.PermissionDenied($"STDIO scheme {uri.Scheme} is not among those that are allowed here ({nameof(StdioOptions)}.{nameof(StdioOptions.Schemes)})");
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
