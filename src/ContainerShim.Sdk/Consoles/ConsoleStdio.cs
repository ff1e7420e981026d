using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Stdio;

namespace ContainerShim.Sdk.Consoles;

/// <summary>A pseudo terminal, whose master is relayed to and from FIFOs, a log file or a logging process.</summary>
internal sealed class ConsoleStdio : IProcessStdio
{
    private readonly StdioServices _services;
    private readonly string _key;
    private readonly ConsoleSocket? _socket;
    private readonly OutputStream _output;
    private readonly InputStream? _input;
    private readonly BinaryLogger? _logger;
    private readonly Lock _lock = new();
    private readonly SafeFd? _received;
    private SafeFd? _master;
    private (ushort Columns, ushort Rows)? _size;
    private bool _exited;
    private bool _closed;

    /// <summary>Whether the console that is kept goes with this object: that of an earlier engine only once it is served.</summary>
    private bool _ownsKept;

    /// <summary>
    /// Opens the console socket, unless a console is there already; takes the input and the sink over, also when it fails, and the console
    /// and the logging process when it does not.
    /// </summary>
    internal ConsoleStdio(
        StdioServices services, StdioRequest request, FifoInput? input, IOutputSink sink, BinaryLogger? logger, SafeFd? master = null)
    {
        _services = services;
        _key = request.Key;
        _received = master;
        _logger = logger;
        _ownsKept = master is null;
        _output = new OutputStream(services, sink, "stdout");
        if (input is { Writer: { } writer })
        {
            _input = new InputStream(services, input.Reader, writer);
        }
        else
        {
            // A terminal cannot be fed from a file that is always ready and has no end to wait for.
            input?.Dispose();
        }

        try
        {
            _socket = master is null ? new ConsoleSocket() : null;
        }
        catch
        {
            _output.Close();
            _input?.Close();
            throw;
        }

        ChildEnds = new RuntimeStdio { ConsoleSocket = _socket?.Path };
    }

    /// <inheritdoc/>
    public RuntimeStdio ChildEnds { get; }

    /// <inheritdoc/>
    public IReadOnlyList<StreamCounters> Counters => [_output.Counters];

    /// <inheritdoc/>
    public async Task AttachAsync(CancellationToken cancellationToken)
    {
        SafeFd master = _received ?? await ReceiveAsync(cancellationToken).ConfigureAwait(false);
        await _services.InvokeAsync(() => Begin(master)).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void CloseStdin() => _input?.CloseWriter();

    /// <inheritdoc/>
    public void Resize(int width, int height)
    {
        lock (_lock)
        {
            _size = ((ushort)Math.Clamp(width, 0, ushort.MaxValue), (ushort)Math.Clamp(height, 0, ushort.MaxValue));
            ApplySize();
        }
    }

    /// <inheritdoc/>
    public void NoteExit() => _services.Reactor.Post(() =>
    {
        _exited = true;
        _output.EndAtHangUp();
    });

    /// <inheritdoc/>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        bool attached = false;
        await _services.InvokeAsync(() =>
        {
            _exited = true;
            attached = _master is not null;
            _output.EndWhenEmpty();
        }).ConfigureAwait(false);
        if (attached)
        {
            await OutputDrain.WaitAsync(_services, [_output], cancellationToken).ConfigureAwait(false);
        }

        if (_logger is not null)
        {
            await _logger.DrainAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        await _services.InvokeAsync(() =>
        {
            _closed = true;
            CloseStreams();
        }).ConfigureAwait(false);
        if (_logger is not null)
        {
            await _logger.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async Task<SafeFd> ReceiveAsync(CancellationToken cancellationToken)
    {
        using (_socket)
        {
            SafeFd master = await _socket!.ReceiveAsync(_services.Reactor, _services.Time, cancellationToken).ConfigureAwait(false);
            _services.Keeper?.Keep(_key, [(StreamKind.Console, master)]);
            return master;
        }
    }

    private void Begin(SafeFd master)
    {
        if (_closed)
        {
            master.Dispose();
            return;
        }

        lock (_lock)
        {
            _master = master;
            ApplySize();
        }

        Libc.SetNonBlocking(master);

        // Each direction has a descriptor of its own, since an epoll set takes one only once.
        _input?.Begin(Libc.Duplicate(master), isPipe: false);
        _output.Begin(Libc.Duplicate(master), isPipe: false);
        if (_exited)
        {
            _output.EndAtHangUp();
        }

        _ownsKept = true;
    }

    private void ApplySize()
    {
        if (_size is { } size && _master is { IsClosed: false } master)
        {
            _ = Libc.SetTerminalSize(master, size.Columns, size.Rows);
        }
    }

    private void CloseStreams()
    {
        _output.Close();
        _input?.Close();
        lock (_lock)
        {
            (_master ?? _received)?.Dispose();
        }

        if (_ownsKept)
        {
            _services.Keeper?.Drop(_key, StreamKind.All);
        }
    }
}
