using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Pipes whose other ends are streams of this process.</summary>
internal sealed class StreamPipeStdio : IProcessStdio
{
    private readonly ProcessStreams _streams;
    private readonly string _key;
    private readonly IStreamKeeper? _keeper;
    private readonly ChildPipes _pipes;

    /// <summary>Makes the pipes, or goes on with those that are kept.</summary>
    /// <exception cref="LinuxException">No descriptor is left.</exception>
    internal StreamPipeStdio(ProcessStreams streams, StdioRequest request, IStreamKeeper? keeper = null, KeptStreams? kept = null)
    {
        _streams = streams;
        _key = request.Key;
        _keeper = keeper;
        _pipes = new ChildPipes(request.Uid, request.Gid, kept);
        try
        {
            ChildEnds = new RuntimeStdio
            {
                Stdin = streams.Input is { } input ? Take(_pipes.AddInput(), input.Attach, input.Dispose) : null,
                Stdout = streams.Output is { } output ? Take(_pipes.AddOutput(StreamKind.Stdout) ?? default, output.Attach, output.Dispose) : null,
                Stderr = streams.Error is { } error ? Take(_pipes.AddOutput(StreamKind.Stderr) ?? default, error.Attach, error.Dispose) : null,
            };
            keeper?.Keep(_key, _pipes.New);
            streams.Input?.OnClosed(() => keeper?.Drop(_key, StreamKind.Stdin));
        }
        catch
        {
            _pipes.Dispose();
            streams.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public RuntimeStdio ChildEnds { get; }

    /// <inheritdoc/>
    public IReadOnlyList<StreamCounters> Counters => [];

    /// <inheritdoc/>
    public Task AttachAsync(CancellationToken cancellationToken)
    {
        _pipes.CloseChildEnds();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void CloseStdin() => _streams.Input?.Dispose();

    /// <inheritdoc/>
    public void Resize(int width, int height)
    {
    }

    /// <inheritdoc/>
    public void NoteExit()
    {
    }

    /// <inheritdoc/>
    /// <remarks>There is nothing to wait for: what is left stays in the pipes, which are the reader's.</remarks>
    public Task DrainAsync(CancellationToken cancellationToken)
    {
        _streams.EndWhenEmpty();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _pipes.CloseChildEnds();
        _streams.Release();
        _keeper?.Drop(_key, StreamKind.All);
        return ValueTask.CompletedTask;
    }

    /// <summary>A stream whose pipe was not kept is at its end.</summary>
    private static T? Take<T>((SafeFd? Ours, T? Child) pipe, Action<SafeFd> attach, Action end)
    {
        if (pipe.Ours is { } ours)
        {
            attach(ours);
        }
        else
        {
            end();
        }

        return pipe.Child;
    }
}
