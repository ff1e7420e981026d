using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Pipes whose other ends are streams of this process.</summary>
internal sealed class StreamPipeStdio : IProcessStdio
{
    private readonly ProcessStreams _streams;
    private readonly ChildPipes _pipes;

    /// <exception cref="LinuxException">No descriptor is left.</exception>
    internal StreamPipeStdio(ProcessStreams streams, uint uid, uint gid)
    {
        _streams = streams;
        _pipes = new ChildPipes(uid, gid);
        try
        {
            ChildEnds = new RuntimeStdio
            {
                Stdin = streams.Input is { } input ? Take(_pipes.AddInput(), input.Attach) : null,
                Stdout = streams.Output is { } output ? Take(_pipes.AddOutput(), output.Attach) : null,
                Stderr = streams.Error is { } error ? Take(_pipes.AddOutput(), error.Attach) : null,
            };
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
        _streams.Input?.Dispose();
        _streams.EndWhenEmpty();
        return ValueTask.CompletedTask;
    }

    private static T Take<T>((SafeFd Ours, T Child) pipe, Action<SafeFd> attach)
    {
        attach(pipe.Ours);
        return pipe.Child;
    }
}
