using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Takes everything and keeps nothing.</summary>
internal sealed class NullSink(StdioServices services) : IOutputSink
{
    private readonly SafeFd _file = Libc.Open("/dev/null", OpenFlags.WriteOnly);

    /// <inheritdoc/>
    public SafeFd? Waitable => null;

    /// <inheritdoc/>
    public Task Taken => Task.CompletedTask;

    /// <inheritdoc/>
    public IRelayMover OpenMover(SafeFd source, bool isPipe, StreamCounters counters, Action onRoom) =>
        new RelayMover(services, source, _file, RelayKind.Copy, dropsOnFailure: true, counters);

    /// <inheritdoc/>
    public void Finish(bool anythingWritten) => Dispose();

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
