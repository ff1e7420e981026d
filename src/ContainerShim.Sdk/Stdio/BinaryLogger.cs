using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using Signum = Mono.Unix.Native.Signum;

namespace ContainerShim.Sdk.Stdio;

/// <summary>A logging process: it reads the output of one process from its descriptors 3 and 4, and closes 5 when it is ready.</summary>
internal sealed class BinaryLogger : IAsyncDisposable
{
    private static readonly TimeSpan ReadyBound = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan StopBound = TimeSpan.FromSeconds(12);
    private static readonly TimeSpan DrainPeriod = TimeSpan.FromMilliseconds(20);

    private readonly StdioServices _services;
    private readonly IProcessWatch _watch;
    private readonly SafeFd[] _readers;
    private readonly List<OutputStream> _discards = [];
    private bool _disposed;

    private BinaryLogger(StdioServices services, IProcessWatch watch, SafeFd stdoutReader, SafeFd stderrReader, SafeFd stdout, SafeFd stderr)
    {
        _services = services;
        _watch = watch;
        _readers = [stdoutReader, stderrReader];
        Stdout = stdout;
        Stderr = stderr;
        _ = DiscardAfterExitAsync();
    }

    /// <summary>Writes to the logger's descriptor 3.</summary>
    internal SafeFd Stdout { get; }

    /// <summary>Writes to the logger's descriptor 4.</summary>
    internal SafeFd Stderr { get; }

    /// <summary>Starts the process and waits until it is ready.</summary>
    internal static async Task<BinaryLogger> StartAsync(
        StdioServices services, IProcessSpawner spawner, StdioUri uri, StdioRequest request, CancellationToken cancellationToken)
    {
        List<SafeFd> opened = [];
        BinaryLogger? logger = null;
        try
        {
            List<string> arguments = BinaryLoggerPolicy.Check(uri, services.Options.LoggerDirectories);
            (SafeFd stdoutReader, SafeFd stdout) = OpenPipe(opened);
            (SafeFd stderrReader, SafeFd stderr) = OpenPipe(opened);
            (SafeFd readyReader, SafeFd ready) = OpenPipe(opened);
            if ((request.Uid, request.Gid) is not (0, 0))
            {
                Libc.ChangeOwner(stdout, request.Uid, request.Gid);
                Libc.ChangeOwner(stderr, request.Uid, request.Gid);
            }

            IProcessWatch watch = spawner.Spawn(new SpawnRequest
            {
                FileName = uri.Path,
                Arguments = arguments,
                Environment = [$"CONTAINER_ID={request.ProcessId}", $"CONTAINER_NAMESPACE={request.ContainerdNamespace}"],
                ExtraDescriptors = [stdoutReader, stderrReader, ready],
            });
            logger = new BinaryLogger(services, watch, stdoutReader, stderrReader, stdout, stderr);
            ready.Dispose();
            using (readyReader)
            {
                await WaitUntilReadyAsync(services, readyReader, uri.Scheme == "binary-v2", cancellationToken).ConfigureAwait(false);
            }

            return logger;
        }
        catch (Exception exception)
        {
            opened.ForEach(static end => end.Dispose());
            if (logger is not null)
            {
                await logger.DisposeAsync().ConfigureAwait(false);
            }

            if (exception is ShimException { InnerException: LinuxException } failure && logger is null)
            {
                // In the words of containerd's shim.
                throw new ShimException(
                    failure.Code == ShimErrorCode.ResourceExhausted ? failure.Code : ShimErrorCode.Unknown,
                    $"failed to create init process I/O: failed to start binary process: {failure.Message}",
                    failure);
            }

            throw;
        }
    }

    /// <summary>Waits until the logger has read everything, or has ended; at the latest until the token fires.</summary>
    internal async Task DrainAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (!_watch.Exited.IsCompleted && Array.Exists(_readers, static reader => !reader.IsClosed && Libc.BytesWaiting(reader) > 0))
            {
                await Task.Delay(DrainPeriod, _services.Time, cancellationToken).ConfigureAwait(false);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
        {
            // What is left is the logger's to read until it is told to end.
        }
    }

    /// <summary>Closes our ends. The process is told to end, and killed after twelve seconds, in the background.</summary>
    public async ValueTask DisposeAsync()
    {
        Stdout.Dispose();
        Stderr.Dispose();
        bool first = false;
        await _services.InvokeAsync(() =>
        {
            first = !_disposed;
            _disposed = true;
            _discards.ForEach(static stream => stream.Close());
            Array.ForEach(_readers, static reader => reader.Dispose());
        }).ConfigureAwait(false);
        if (first)
        {
            _ = StopAsync();
        }
    }

    private static (SafeFd Reader, SafeFd Writer) OpenPipe(List<SafeFd> opened)
    {
        (SafeFd Reader, SafeFd Writer) pipe = Libc.Pipe();
        opened.Add(pipe.Reader);
        opened.Add(pipe.Writer);
        return pipe;
    }

    private static async Task WaitUntilReadyAsync(StdioServices services, SafeFd reader, bool needsByte, CancellationToken cancellationToken)
    {
        TaskCompletionSource<int> read = new(TaskCreationOptions.RunContinuationsAsynchronously);
        using IReactorRegistration registration = services.Reactor.Register(reader, PollEvents.Readable, _ =>
        {
            Span<byte> one = stackalloc byte[1];
            read.TrySetResult(Libc.Read(reader, one));
        });
        try
        {
            int count = await read.Task.WaitAsync(ReadyBound, services.Time, cancellationToken).ConfigureAwait(false);
            if (needsByte && count != 1)
            {
                throw ShimException.Unknown("failed to create init process I/O: logging binary ended before it was ready");
            }
        }
        catch (TimeoutException exception)
        {
            throw ShimException.DeadlineExceeded("logging binary did not become ready", exception);
        }
    }

    /// <summary>A process whose logger died must neither hang on a full pipe nor be killed by a broken one.</summary>
    private async Task DiscardAfterExitAsync()
    {
        try
        {
            await _watch.Exited.ConfigureAwait(false);
        }
        catch (ObjectDisposedException)
        {
            // The engine has let go of it.
            return;
        }

        await _services.InvokeAsync(() =>
        {
            if (_disposed)
            {
                return;
            }

            foreach (SafeFd reader in _readers)
            {
                OutputStream stream = new(_services, new NullSink(_services), reader == _readers[0] ? "stdout" : "stderr");
                _discards.Add(stream);
                Libc.SetNonBlocking(reader);
                stream.Begin(reader, isPipe: true);
            }
        }).ConfigureAwait(false);
    }

    private async Task StopAsync()
    {
        try
        {
            _watch.Signal((int)Signum.SIGTERM);
            await _watch.Exited.WaitAsync(StopBound, _services.Time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            Kill();
        }
        catch (Exception exception) when (exception is ShimException or ObjectDisposedException)
        {
            // It has ended already, or the engine has.
        }
        finally
        {
            _watch.Dispose();
        }
    }

    private void Kill()
    {
        try
        {
            _watch.Signal((int)Signum.SIGKILL);
        }
        catch (ShimException)
        {
            // It has ended at this moment.
        }
    }
}
