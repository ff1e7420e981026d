using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>One stream that goes to a log file.</summary>
internal sealed class LogFileSink(StdioServices services, LogFiles files, LogFileOptions options) : IOutputSink
{
    private readonly LogFile _file = files.Open(options);
    private LogMover? _mover;
    private bool _disposed;

    /// <inheritdoc/>
    public SafeFd? Waitable => null;

    /// <inheritdoc/>
    public Task Taken => Task.CompletedTask;

    /// <inheritdoc/>
    public IRelayMover OpenMover(SafeFd source, bool isPipe, StreamCounters counters) =>
        _mover = new LogMover(services, source, _file, counters);

    /// <inheritdoc/>
    public void Finish(bool anythingWritten)
    {
        _mover?.Finish();
        Dispose();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (!_disposed)
        {
            _disposed = true;
            files.Release(_file);
        }
    }
}
