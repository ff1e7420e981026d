using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// The end of a log at the disk. What cannot be written is counted, and as soon as the disk takes something again, a record says how much is
/// missing. Used on the thread of the file's lane, but for what says otherwise.
/// </summary>
internal sealed partial class LogWriter(StdioServices services, FileLane lane, ILogTarget target, string path, LogFormat format)
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(10);

    private readonly LogLoss _loss = new();
    private bool _tailIsTorn;
    private TimeSpan _retryDelay = FirstRetry;
    private ITimer? _retry;
    private bool _closed;

    /// <summary>Writes what is in a chunk, or counts it.</summary>
    internal void Write(LogChunk chunk)
    {
        // What was dropped because the disk did not answer can be told now that it does; an error has its own times to try again.
        bool tell = _loss.IsEmpty && !chunk.Lost.IsEmpty;
        _loss.Take(chunk.Lost);
        if (tell && !TellLoss())
        {
            ScheduleRetry(FirstRetry);
        }

        if (_loss.IsEmpty)
        {
            Append(chunk);
        }
        else
        {
            chunk.Lose(0, _loss);
        }
    }

    /// <summary>Closes the file; what it owes is tried once more.</summary>
    internal void Close()
    {
        _closed = true;
        if (!_loss.IsEmpty)
        {
            TellLoss();
        }

        _retry?.Dispose();
        target.Dispose();
    }

    /// <summary>From any thread.</summary>
    internal void LogLosing(string reason) => LogLosing(services.Logger, path, reason);

    [LoggerMessage(1403, LogLevel.Warning, "Log file {Path} cannot be written: {Reason}. Output is dropped and counted until it can")]
    private static partial void LogLosing(ILogger logger, string path, string reason);

    [LoggerMessage(1404, LogLevel.Warning, "Log file {Path} is written again; {Bytes} bytes in {Lines} lines were lost")]
    private static partial void LogRecovered(ILogger logger, string path, long bytes, long lines);

    private void Append(LogChunk chunk)
    {
        int start = 0;
        int error = -target.Follow();
        while (error == 0 && start < chunk.Length)
        {
            int end = chunk.NextCut(start, target.Size, target.MaxSize);
            if (end == start)
            {
                error = target.Rotate();
                _tailIsTorn &= error != 0;
            }
            else
            {
                error = AppendPart(chunk, ref start, end);
            }
        }

        if (error != 0)
        {
            _loss.Begin(LinuxException.Describe(error));
            LogLosing(_loss.Reason);
            chunk.Lose(start, _loss);
            ScheduleRetry(FirstRetry);
        }
    }

    /// <summary>Writes a part of a chunk, and moves its start to the end of what is in the file. Returns 0, or the error number.</summary>
    private int AppendPart(LogChunk chunk, ref int start, int end)
    {
        int error = 0;
        int written = start;
        while (error == 0 && written < end)
        {
            int count = target.Write(chunk.Between(written, end));
            written += Math.Max(count, 0);
            error = count > 0 ? 0 : count < 0 ? -count : Errno.EIO;
        }

        // A reader is to see whole records, so what was written of the one that did not fit is taken back.
        int kept = error == 0 ? end : chunk.LastBoundary(start, written);
        if (kept > start)
        {
            _tailIsTorn = chunk.Between(kept - 1, kept)[0] != (byte)'\n';
        }

        _tailIsTorn |= written > kept && !target.TakeBack(written - kept);
        start = kept;
        return error;
    }

    private void ScheduleRetry(TimeSpan delay)
    {
        _retry ??= services.Time.CreateTimer(_ => lane.Post(Retry), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _retry.Change(delay, Timeout.InfiniteTimeSpan);
        _retryDelay = delay * 2 < LastRetry ? delay * 2 : LastRetry;
    }

    private void Retry()
    {
        if (!_closed && !_loss.IsEmpty && !TellLoss())
        {
            ScheduleRetry(_retryDelay);
        }
    }

    /// <summary>Writes the record that says what is missing; with it the file is in order again.</summary>
    private bool TellLoss()
    {
        byte[] record = LossRecord();
        bool due = target.MaxSize > 0 && target.Size > 0 && target.Size + record.Length > target.MaxSize;
        if ((due ? target.Rotate() : target.Follow()) != 0)
        {
            return false;
        }

        int written = target.Write(record);
        if (written != record.Length)
        {
            _tailIsTorn |= written > 0 && !target.TakeBack(written);
            return false;
        }

        _tailIsTorn = false;
        LogRecovered(services.Logger, path, _loss.Bytes, _loss.Lines);
        _loss.End();
        return true;
    }

    private byte[] LossRecord()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"[containershim: {_loss.Bytes} bytes of output in {_loss.Lines} lines were lost: {_loss.Reason}]"));
        byte[] record = new byte[LogRecords.MaxLength(format, text) + 1];
        int start = _tailIsTorn ? 1 : 0;
        record[0] = (byte)'\n';
        Span<byte> rest = record.AsSpan(start);
        int length;
        if (format == LogFormat.Raw)
        {
            text.CopyTo(rest);
            rest[text.Length] = (byte)'\n';
            length = text.Length + 1;
        }
        else
        {
            length = LogRecords.Write(rest, format, text, isWhole: true, "stderr", services.Time.GetUtcNow());
        }

        return record[..(start + length)];
    }
}
