using System.Buffers;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Moves bytes of one stream as fast as its target takes them.</summary>
/// <param name="services">The shared buffer.</param>
/// <param name="source">Where bytes come from.</param>
/// <param name="target">Where they go.</param>
/// <param name="kind">How they are moved.</param>
/// <param name="dropsOnFailure">
/// Whether bytes that the target refuses for good (a full disk) are dropped: a process must not hang because its log cannot be written
/// (containerd#12462). Otherwise the refusal is the end of the relay.
/// </param>
/// <param name="counters">What became of the bytes.</param>
internal sealed partial class RelayMover(
    StdioServices services, SafeFd source, SafeFd target, RelayKind kind, bool dropsOnFailure, StreamCounters counters) : IRelayMover
{
    private const int SpliceSize = 256 * 1024;

    private RelayKind _kind = kind;
    private byte[]? _pending;
    private int _pendingStart;
    private int _pendingEnd;
    private bool _failureLogged;
    private bool _ended;

    /// <inheritdoc/>
    public bool HasPending => _pending is not null;

    /// <inheritdoc/>
    public bool WantsTarget => HasPending;

    /// <inheritdoc/>
    public void Dispose() => ReturnPending();

    /// <inheritdoc/>
    public void EndSource() => _ended = true;

    /// <inheritdoc/>
    public RelayStep Move(out int moved)
    {
        moved = 0;
        RelayStep step = _kind == RelayKind.Splice && !_ended ? Splice(ref moved) : Copy(ref moved);
        counters.AddTaken(moved);
        return step;
    }

    [LoggerMessage(1401, LogLevel.Warning, "Output of a process is dropped, since it cannot be written: {Reason}")]
    private static partial void LogDropping(ILogger logger, string reason);

    private RelayStep Splice(ref int moved)
    {
        int count = Libc.Splice(source, target, SpliceSize);
        switch (count)
        {
            case > 0:
                moved = count;
                return RelayStep.Moved;
            case 0:
                return RelayStep.SourceEnded;
            case -Errno.EAGAIN:
                // The call does not say which side it would wait for.
                return Libc.BytesWaiting(source) > 0 ? RelayStep.TargetFull : RelayStep.SourceEmpty;
            case -Errno.EPIPE when !dropsOnFailure:
                return RelayStep.TargetGone;
            default:
                // EINVAL: a target that cannot be spliced to, such as a file opened to append. Others show again when written.
                _kind = RelayKind.Copy;
                return Copy(ref moved);
        }
    }

    private RelayStep Copy(ref int moved)
    {
        if (_pending is not null)
        {
            RelayStep step = Write(_pending.AsSpan(_pendingStart.._pendingEnd), out int written);
            _pendingStart += written;
            if (step != RelayStep.Moved)
            {
                return step;
            }

            ReturnPending();
        }

        if (_ended)
        {
            return RelayStep.SourceEnded;
        }

        RelayStep read = RelaySource.Read(source, services.Scratch, out int count);
        if (read != RelayStep.Moved)
        {
            return read;
        }

        moved = count;
        RelayStep result = Write(services.Scratch.AsSpan(0, count), out int done);
        if (result == RelayStep.TargetFull)
        {
            KeepPending(services.Scratch.AsSpan(done, count - done));
        }

        return result == RelayStep.TargetGone ? result : RelayStep.Moved;
    }

    private RelayStep Write(ReadOnlySpan<byte> bytes, out int written)
    {
        written = 0;
        while (written < bytes.Length)
        {
            int count = Libc.Write(target, bytes[written..]);
            if (count >= 0)
            {
                written += count;
            }
            else if (count == -Errno.EAGAIN)
            {
                return RelayStep.TargetFull;
            }
            else if (dropsOnFailure)
            {
                Drop(bytes.Length - written, -count);
                written = bytes.Length;
            }
            else
            {
                return RelayStep.TargetGone;
            }
        }

        return RelayStep.Moved;
    }

    private void Drop(int count, int error)
    {
        counters.AddDropped(count);
        if (!_failureLogged)
        {
            _failureLogged = true;
            LogDropping(services.Logger, LinuxException.Describe(error));
        }
    }

    private void KeepPending(ReadOnlySpan<byte> bytes)
    {
        _pending = ArrayPool<byte>.Shared.Rent(bytes.Length);
        bytes.CopyTo(_pending);
        _pendingStart = 0;
        _pendingEnd = bytes.Length;
    }

    private void ReturnPending()
    {
        if (_pending is { } pending)
        {
            _pending = null;
            ArrayPool<byte>.Shared.Return(pending);
        }
    }
}
