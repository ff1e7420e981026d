using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>A file or a device that takes what it is given as it is.</summary>
internal sealed class FileSink(StdioServices services, SafeFd file) : IOutputSink
{
    /// <inheritdoc/>
    public SafeFd? Waitable => null;

    /// <inheritdoc/>
    public Task Taken => Task.CompletedTask;

    /// <summary>Takes everything and keeps nothing.</summary>
    internal static FileSink OpenNull(StdioServices services) => new(services, Libc.Open("/dev/null", OpenFlags.WriteOnly));

    /// <inheritdoc/>
    public IRelayMover OpenMover(SafeFd source, bool isPipe, StreamCounters counters) =>
        new RelayMover(services, source, file, RelayKind.Copy, dropsOnFailure: true, counters);

    /// <inheritdoc/>
    public void Finish(bool anythingWritten) => Dispose();

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
