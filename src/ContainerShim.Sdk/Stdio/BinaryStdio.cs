using ContainerShim.Sdk.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Pipes from the process straight to a logging process.</summary>
internal sealed class BinaryStdio : IProcessStdio
{
    private readonly BinaryLogger _logger;
    private readonly SafeFileHandle _stdout;
    private readonly SafeFileHandle _stderr;

    /// <summary>Takes the logger over.</summary>
    internal BinaryStdio(BinaryLogger logger)
    {
        _logger = logger;
        _stdout = logger.Stdout.IntoFileHandle();
        _stderr = logger.Stderr.IntoFileHandle();
        ChildEnds = new RuntimeStdio { Stdout = _stdout, Stderr = _stderr };
    }

    /// <inheritdoc/>
    public RuntimeStdio ChildEnds { get; }

    /// <inheritdoc/>
    public IReadOnlyList<StreamCounters> Counters => [];

    /// <inheritdoc/>
    public Task AttachAsync(CancellationToken cancellationToken)
    {
        CloseChildEnds();
        return Task.CompletedTask;
    }

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
    public Task DrainAsync(CancellationToken cancellationToken) => _logger.DrainAsync(cancellationToken);

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        CloseChildEnds();
        return _logger.DisposeAsync();
    }

    private void CloseChildEnds()
    {
        _stdout.Dispose();
        _stderr.Dispose();
    }
}
