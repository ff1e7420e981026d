using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// Moves bytes to a FIFO, and what its reader does not take to a backlog, so that the process never waits. While the reader keeps up,
/// pipes are spliced as they are without a backlog.
/// </summary>
internal sealed class BufferedMover(
    StdioServices services, SafeFd source, SafeFd target, RelayKind kind, IBacklog backlog, StreamCounters counters) : IRelayMover
{
    private const int SpliceSize = 256 * 1024;

    private bool _ended;

    /// <inheritdoc/>
    public bool HasPending => backlog.Length > 0;

    /// <inheritdoc/>
    public bool WantsTarget => backlog.IsReady;

    /// <inheritdoc/>
    public void Dispose() => backlog.Dispose();

    /// <inheritdoc/>
    public void EndSource() => _ended = true;

    /// <inheritdoc/>
    public RelayStep Move(out int moved)
    {
        moved = 0;
        if (HasPending && backlog.WriteTo(target) is < 0 and not -Errno.EAGAIN)
        {
            return RelayStep.TargetGone;
        }

        if (_ended)
        {
            return Rest();
        }

        if (HasPending && !backlog.HasRoom())
        {
            return RelayStep.NoRoom;
        }

        int count = HasPending || kind != RelayKind.Splice ? -Errno.EAGAIN : Libc.Splice(source, target, SpliceSize);
        if (count < 0)
        {
            // No room, or no splicing to be had: by way of memory.
            count = Libc.Read(source, services.Scratch);
            if (count > 0)
            {
                Pass(services.Scratch.AsSpan(0, count));
            }
        }

        switch (count)
        {
            case > 0:
                moved = count;
                counters.AddTaken(count);
                return RelayStep.Moved;
            case 0:
                _ended = true;
                return Rest();
            case -Errno.EAGAIN:
                return RelayStep.SourceEmpty;
            default:
                return RelayStep.SourceHungUp;
        }
    }

    /// <summary>What is left to be done when nothing more comes from the source.</summary>
    private RelayStep Rest() =>
        backlog.IsReady ? RelayStep.TargetFull : HasPending ? RelayStep.NoRoom : RelayStep.SourceEnded;

    private void Pass(ReadOnlySpan<byte> bytes)
    {
        while (!HasPending && bytes.Length > 0)
        {
            int count = Libc.Write(target, bytes);
            if (count < 0)
            {
                break;
            }

            bytes = bytes[count..];
        }

        if (bytes.Length > 0)
        {
            backlog.Add(bytes);
        }
    }
}
