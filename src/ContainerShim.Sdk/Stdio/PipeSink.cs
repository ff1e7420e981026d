using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>The pipe to a logging process.</summary>
internal sealed class PipeSink(StdioServices services, SafeFd writer) : IOutputSink
{
    /// <inheritdoc/>
    public SafeFd? Waitable => writer;

    /// <inheritdoc/>
    public IRelayMover OpenMover(SafeFd source, bool isPipe, StreamCounters counters, Action onRoom) =>
        new RelayMover(services, source, writer, isPipe ? RelayKind.Splice : RelayKind.Copy, dropsOnFailure: true, counters);

    /// <inheritdoc/>
    public Task Taken => Task.CompletedTask;

    /// <inheritdoc/>
    public void Finish(bool anythingWritten) => Dispose();

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();
}
