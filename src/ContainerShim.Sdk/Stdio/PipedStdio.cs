using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Pipes to the process, relayed to FIFOs or files.</summary>
internal sealed class PipedStdio : IProcessStdio
{
    private readonly StdioServices _services;
    private readonly string _key;
    private readonly ChildPipes _pipes;
    private readonly List<(OutputStream Stream, SafeFd Source)> _outputs = [];
    private readonly InputStream? _input;
    private readonly SafeFd? _inputTarget;
    private bool _attached;
    private bool _closed;

    /// <summary>Whether the copies that are kept go with this object: those of an earlier engine only once it serves them.</summary>
    private volatile bool _ownsKept;

    /// <summary>Makes the pipes, or goes on with those that are kept; takes the input and the sinks over, also when it fails.</summary>
    /// <param name="services">Relays, and keeps the streams.</param>
    /// <param name="request">What is wanted.</param>
    /// <param name="input">Where stdin comes from. Null where none is wanted, and where it cannot be opened again.</param>
    /// <param name="stdout">Where stdout goes.</param>
    /// <param name="stderr">Where stderr goes.</param>
    /// <param name="kept">What an earlier engine has left.</param>
    internal PipedStdio(
        StdioServices services, StdioRequest request, FifoInput? input, IOutputSink? stdout, IOutputSink? stderr, KeptStreams? kept = null)
    {
        _services = services;
        _key = request.Key;
        _ownsKept = kept is null;
        _pipes = new ChildPipes(request.Uid, request.Gid, kept);
        RuntimeStdio ends;
        try
        {
            ends = new RuntimeStdio
            {
                Stdout = AddOutput(stdout, StreamKind.Stdout, "stdout"),
                Stderr = AddOutput(stderr, StreamKind.Stderr, "stderr"),
            };
            if (input is { Writer: null })
            {
                ends = ends with { Stdin = _pipes.AddFile(input.Reader) };
            }
            else if (request.Paths.Stdin.Length > 0)
            {
                // What is kept is held also where nothing can be written to it any more: a process may end at the end of its input.
                _input = input is null ? null : new InputStream(services, input.Reader, input.Writer, () => DropKept(StreamKind.Stdin));
                (_inputTarget, var childInput) = _pipes.AddInput();
                ends = ends with { Stdin = childInput };
            }

            services.Keeper?.Keep(_key, _pipes.New);
        }
        catch
        {
            input?.Dispose();
            stdout?.Dispose();
            stderr?.Dispose();
            CloseAll();
            throw;
        }

        ChildEnds = ends;
    }

    /// <inheritdoc/>
    public RuntimeStdio ChildEnds { get; }

    /// <inheritdoc/>
    public IReadOnlyList<StreamCounters> Counters => _outputs.ConvertAll(static output => output.Stream.Counters);

    /// <inheritdoc/>
    public Task AttachAsync(CancellationToken cancellationToken)
    {
        _pipes.CloseChildEnds();
        return _services.InvokeAsync(Begin);
    }

    /// <inheritdoc/>
    public void CloseStdin()
    {
        if (_input is not null)
        {
            _input.CloseWriter();
        }
        else if (_inputTarget is not null)
        {
            _inputTarget.Dispose();
            DropKept(StreamKind.Stdin);
        }
    }

    /// <inheritdoc/>
    public void Resize(int width, int height)
    {
    }

    /// <inheritdoc/>
    public void NoteExit()
    {
    }

    /// <inheritdoc/>
    public async Task DrainAsync(CancellationToken cancellationToken)
    {
        await _services.InvokeAsync(() => Each(static stream => stream.EndWhenEmpty())).ConfigureAwait(false);
        if (_attached)
        {
            await OutputDrain.WaitAsync(_services, _outputs.ConvertAll(static output => output.Stream), cancellationToken).ConfigureAwait(false);
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _services.InvokeAsync(CloseAll).ConfigureAwait(false);

    private SafeFileHandle? AddOutput(IOutputSink? sink, StreamKind kind, string name)
    {
        if (sink is null)
        {
            return null;
        }

        if (_pipes.AddOutput(kind) is not var (source, child))
        {
            // The pipe was not kept, so nothing comes from it any more.
            sink.Dispose();
            return null;
        }

        _outputs.Add((new OutputStream(_services, sink, name), source));
        return child;
    }

    private void Begin()
    {
        if (_closed || _attached)
        {
            return;
        }

        _attached = true;
        foreach ((OutputStream stream, SafeFd source) in _outputs)
        {
            stream.Begin(source, isPipe: true);
        }

        if (_inputTarget is not null)
        {
            _input?.Begin(_inputTarget, isPipe: true);
        }

        _ownsKept = true;
    }

    private void CloseAll()
    {
        _closed = true;
        Each(static stream => stream.Close());
        _input?.Close();
        _pipes.Dispose();
        DropKept(StreamKind.All);
    }

    private void DropKept(StreamKind kinds)
    {
        if (_ownsKept)
        {
            _services.Keeper?.Drop(_key, kinds);
        }
    }

    private void Each(Action<OutputStream> action)
    {
        foreach ((OutputStream stream, _) in _outputs)
        {
            action(stream);
        }
    }
}
