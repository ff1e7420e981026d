using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>One stream that goes to a log file.</summary>
/// <param name="services">The clock and the buffer of the mover.</param>
/// <param name="file">The file, which is open.</param>
/// <param name="release">Lets the file go, once.</param>
internal sealed class LogFileSink(StdioServices services, LogFile file, Action<LogFile> release) : IOutputSink
{
    private readonly TaskCompletionSource _taken = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private LogMover? _mover;
    private bool _disposed;

    /// <inheritdoc/>
    public SafeFd? Waitable => null;

    /// <inheritdoc/>
    public Task Taken => _taken.Task;

    /// <inheritdoc/>
    public IRelayMover OpenMover(SafeFd source, bool isPipe, StreamCounters counters, Action onRoom) =>
        _mover = new LogMover(services, source, file, counters, onRoom);

    /// <inheritdoc/>
    public void Finish(bool anythingWritten)
    {
        _mover?.Finish();
        file.WhenWritten(() => _taken.TrySetResult());
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            release(file);
        }
    }
}
