using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Stdio;

/// <summary>All streams on /dev/null.</summary>
internal sealed class NullStdio : IProcessStdio
{
    /// <inheritdoc/>
    public RuntimeStdio ChildEnds => RuntimeStdio.None;

    /// <inheritdoc/>
    public IReadOnlyList<StreamCounters> Counters => [];

    /// <inheritdoc/>
    public Task AttachAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public void CloseStdin()
    {
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
    public Task DrainAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;
}
