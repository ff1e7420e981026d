using ContainerShim.Sdk.Consoles;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Stdio;

/// <summary>A pseudo terminal, whose master is behind streams of this process.</summary>
internal sealed class StreamConsoleStdio : IProcessStdio
{
    private readonly ProcessStreams _streams;
    private readonly IReactor _reactor;
    private readonly TimeProvider _time;
    private readonly string _key;
    private readonly IStreamKeeper? _keeper;
    private readonly ConsoleSocket? _socket;
    private readonly Lock _lock = new();
    private (int Columns, int Rows) _size;
    private SafeFd? _master;
    private bool _closed;

    /// <summary>Listens for the terminal, unless it is there already.</summary>
    internal StreamConsoleStdio(ProcessStreams streams, IReactor reactor, TimeProvider time, string key = "", IStreamKeeper? keeper = null, bool isThere = false)
    {
        _key = key;
        _keeper = keeper;
        _socket = isThere ? null : new ConsoleSocket();
        _streams = streams;
        _reactor = reactor;
        _time = time;
        _size = streams.Size;
        ChildEnds = new RuntimeStdio { ConsoleSocket = _socket?.Path };
    }

    /// <inheritdoc/>
    public RuntimeStdio ChildEnds { get; }

    /// <inheritdoc/>
    public IReadOnlyList<StreamCounters> Counters => [];

    /// <inheritdoc/>
    public async Task AttachAsync(CancellationToken cancellationToken)
    {
        SafeFd master;
        using (_socket)
        {
            master = await _socket!.ReceiveAsync(_reactor, _time, cancellationToken).ConfigureAwait(false);
        }

        _keeper?.Keep(_key, [(StreamKind.Console, master)]);
        Attach(master);
    }

    /// <summary>Takes the terminal over; null when it is gone.</summary>
    internal void Attach(SafeFd? master)
    {
        lock (_lock)
        {
            if (_closed || master is null)
            {
                master?.Dispose();
                _streams.EndWhenEmpty();
                return;
            }

            _master = master;
            ApplySize();
            Libc.SetNonBlocking(master);

            // Each direction has a descriptor of its own, since an epoll set takes one only once.
            _streams.Input?.Attach(Libc.Duplicate(master));
            _streams.Output?.Attach(Libc.Duplicate(master));
        }
    }

    /// <summary>Closes what is ours; what is kept stays.</summary>
    internal void LetGo()
    {
        lock (_lock)
        {
            _closed = true;
            _master?.Dispose();
        }

        _streams.LetGo();
    }

    /// <inheritdoc/>
    public void CloseStdin() => _streams.Input?.Dispose();

    /// <inheritdoc/>
    public void Resize(int width, int height)
    {
        lock (_lock)
        {
            _size = (Math.Clamp(width, 0, ushort.MaxValue), Math.Clamp(height, 0, ushort.MaxValue));
            ApplySize();
        }
    }

    /// <inheritdoc/>
    public void NoteExit() => _streams.EndAtHangUp();

    /// <inheritdoc/>
    public Task DrainAsync(CancellationToken cancellationToken)
    {
        _streams.EndWhenEmpty();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _socket?.Dispose();
        lock (_lock)
        {
            _closed = true;
            _master?.Dispose();
        }

        _streams.Release();
        _keeper?.Drop(_key, StreamKind.All);
        return ValueTask.CompletedTask;
    }

    private void ApplySize()
    {
        if (_size is not (0, 0) && _master is { IsClosed: false } master)
        {
            _ = Libc.SetTerminalSize(master, (ushort)_size.Columns, (ushort)_size.Rows);
        }
    }
}
