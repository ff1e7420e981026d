using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// Output in a file without a name, which there is only while something waits. It is used as a ring, so that a reader that is slow for ever
/// takes no more disk than one that stopped. What it has no room for is dropped: the newest, since what waits is to arrive whole and in order.
/// </summary>
internal sealed partial class FileBacklog(StdioServices services, string directory, long capacity, StreamCounters counters) : IBacklog
{
    private const uint OwnerOnly = 0b110_000_000;

    private SafeFd? _file;
    private long _start;
    private bool _failureLogged;

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        int kept = TryOpen() ? Keep(bytes[..(int)Math.Min(bytes.Length, capacity - Length)]) : 0;
        counters.AddSpilled(kept);
        counters.AddDropped(bytes.Length - kept);
        counters.SetWaiting(Length);
    }

    /// <inheritdoc/>
    public int WriteTo(SafeFd target)
    {
        Span<byte> block = services.Scratch;
        int error = 0;
        while (Length > 0 && error == 0 && (Libc.PollNow(target, PollEvents.Writable) & PollEvents.Writable) != 0)
        {
            int wanted = (int)Math.Min(Math.Min(Length, block.Length), capacity - _start);
            int count = Libc.ReadAt(_file!, block[..wanted], _start);
            if (count <= 0)
            {
                // What the disk does not give back is lost, and must not stop what comes later.
                NoteFailure(-count);
                counters.AddDropped(wanted);
                Remove(wanted);
                continue;
            }

            int written = Libc.Write(target, block[..count]);
            error = Math.Min(written, 0);
            Remove(Math.Max(written, 0));
        }

        if (Length == 0)
        {
            CloseFile();
        }

        counters.SetWaiting(Length);
        return error;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        counters.AddDropped(Length);
        counters.SetWaiting(0);
        Length = 0;
        CloseFile();
    }

    [LoggerMessage(1402, LogLevel.Warning, "Output of a process that waits for its reader is dropped, since its file fails: {Reason}")]
    private static partial void LogSpillFailed(ILogger logger, string reason);

    private bool TryOpen()
    {
        try
        {
            _file ??= Libc.OpenUnnamed(directory, OwnerOnly);
            return true;
        }
        catch (LinuxException exception)
        {
            NoteFailure(exception.Errno);
            return false;
        }
    }

    /// <summary>Writes at the end of the ring, and returns how much of it the disk took.</summary>
    private int Keep(ReadOnlySpan<byte> bytes)
    {
        int kept = 0;
        while (kept < bytes.Length)
        {
            long end = (_start + Length) % capacity;
            ReadOnlySpan<byte> rest = bytes[kept..];
            int count = Libc.WriteAt(_file!, rest[..(int)Math.Min(rest.Length, capacity - end)], end);
            if (count <= 0)
            {
                NoteFailure(-count);
                break;
            }

            Length += count;
            kept += count;
        }

        return kept;
    }

    private void Remove(int count)
    {
        Length -= count;
        _start = (_start + count) % capacity;
    }

    private void CloseFile()
    {
        _file?.Dispose();
        _file = null;
        _start = 0;
    }

    private void NoteFailure(int error)
    {
        if (!_failureLogged)
        {
            _failureLogged = true;
            LogSpillFailed(services.Logger, LinuxException.Describe(error));
        }
    }
}
