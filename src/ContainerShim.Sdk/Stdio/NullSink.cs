using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Takes everything and keeps nothing. It needs no descriptor, so that it can always be had.</summary>
internal sealed class NullSink(StdioServices services) : IOutputSink
{
    /// <inheritdoc/>
    public SafeFd? Waitable => null;

    /// <inheritdoc/>
    public Task Taken => Task.CompletedTask;

    /// <inheritdoc/>
    public IRelayMover OpenMover(SafeFd source, bool isPipe, StreamCounters counters, Action onRoom) => new Mover(services, source, counters);

    /// <inheritdoc/>
    public void Finish(bool anythingWritten)
    {
    }

    /// <inheritdoc/>
    public void Dispose()
    {
    }

    private sealed class Mover(StdioServices services, SafeFd source, StreamCounters counters) : IRelayMover
    {
        /// <inheritdoc/>
        public bool HasPending => false;

        /// <inheritdoc/>
        public bool WantsTarget => false;

        /// <inheritdoc/>
        public RelayStep Move(out int moved)
        {
            RelayStep step = RelaySource.Read(source, services.Scratch, out moved);
            counters.AddTaken(moved);
            return step;
        }

        /// <inheritdoc/>
        public void EndSource()
        {
        }

        /// <inheritdoc/>
        public void Dispose()
        {
        }
    }
}
