using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Extensions.Logging;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// A log file, written in whole records, for all streams that go there. It never makes a process wait: what cannot be written is counted,
/// and as soon as the disk takes something again, a record says how much is missing. Used on the reactor's thread once it is open.
/// </summary>
internal sealed partial class LogFile : IDisposable
{
    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(10);

    private readonly StdioServices _services;
    private readonly LogRotation _rotation;
    private readonly List<Mark> _marks = [];
    private readonly LogLoss _loss = new();
    private int _used;
    private bool _tailIsTorn;
    private TimeSpan _retryDelay = FirstRetry;
    private ITimer? _retry;

    /// <summary>Opens the file, and makes the directories on the way to it.</summary>
    /// <exception cref="LinuxException">It cannot be opened.</exception>
    /// <exception cref="ShimException">InvalidArgument: it is neither a file nor a device.</exception>
    internal LogFile(StdioServices services, LogFileOptions options)
    {
        _services = services;
        Options = options;
        _rotation = new LogRotation(services, options);
        _rotation.Open();
    }

    internal LogFileOptions Options { get; }

    /// <summary>How many streams go there; kept by <see cref="LogFiles"/>.</summary>
    internal int Streams { get; set; }

    /// <summary>Room for a record, which <see cref="Commit"/> then adds.</summary>
    internal Span<byte> Reserve(int length)
    {
        if (_used + length > _services.Records.Length)
        {
            Flush();
        }

        return _services.Records.AsSpan(_used);
    }

    /// <summary>Adds the record that was put into the reserved room.</summary>
    /// <param name="length">Its length.</param>
    /// <param name="payload">How many bytes of output it tells.</param>
    /// <param name="endsLine">Whether a line of the output ends there.</param>
    /// <param name="startsLine">Whether the file may end before it.</param>
    /// <param name="counters">Whose output it is.</param>
    internal void Commit(int length, int payload, bool endsLine, bool startsLine, StreamCounters counters)
    {
        if (_rotation.IsFull(_used, length, startsLine))
        {
            int start = _used;
            Flush();
            Rotate();
            _services.Records.AsSpan(start, length).CopyTo(_services.Records);
        }

        _used += length;
        _marks.Add(new Mark(_used, payload, endsLine, counters));
    }

    /// <summary>Writes what was added. To be called before a callback ends: the buffer is shared with other files.</summary>
    internal void Flush()
    {
        if (_used > 0 && _loss.IsEmpty)
        {
            Write();
        }

        _marks.ForEach(_loss.Add);
        _marks.Clear();
        _used = 0;
    }

    /// <summary>Closes the file; what it owes is tried once more.</summary>
    public void Dispose()
    {
        Flush();
        if (!_loss.IsEmpty)
        {
            TellLoss();
        }

        _retry?.Dispose();
        _rotation.Dispose();
    }

    [LoggerMessage(1403, LogLevel.Warning, "Log file {Path} cannot be written: {Reason}. Output is dropped and counted until it can")]
    private static partial void LogLosing(ILogger logger, string path, string reason);

    [LoggerMessage(1404, LogLevel.Warning, "Log file {Path} is written again; {Bytes} bytes in {Lines} lines were lost")]
    private static partial void LogRecovered(ILogger logger, string path, long bytes, long lines);

    private void Write()
    {
        int error = _rotation.Follow();
        int written = 0;
        while (error == 0 && written < _used)
        {
            int count = Libc.Write(_rotation.File, _services.Records.AsSpan(written, _used - written));
            error = Math.Min(count, 0);
            written += Math.Max(count, 0);
        }

        int kept = _marks.FindLastIndex(mark => mark.End <= written) + 1;
        int end = kept == 0 ? 0 : _marks[kept - 1].End;
        _rotation.Grow(end);
        if (end > 0)
        {
            _tailIsTorn = _services.Records[end - 1] != (byte)'\n';
        }

        _marks.RemoveRange(0, kept);
        if (error != 0)
        {
            // A reader is to see whole records, so what was written of the one that did not fit is taken back.
            _tailIsTorn |= written > end && !_rotation.TakeBack(written - end);
            BeginLoss(-error);
        }
    }

    private void Rotate()
    {
        int error = _loss.IsEmpty ? _rotation.Rotate() : 0;
        if (error != 0)
        {
            BeginLoss(error);
        }

        _tailIsTorn &= error != 0;
    }

    private void BeginLoss(int error)
    {
        _loss.Begin(LinuxException.Describe(error));
        LogLosing(_services.Logger, Options.Path, _loss.Reason);
        _retryDelay = FirstRetry;
        ScheduleRetry();
    }

    private void ScheduleRetry()
    {
        _retry ??= _services.Time.CreateTimer(_ => _services.Reactor.Post(Retry), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        _retry.Change(_retryDelay, Timeout.InfiniteTimeSpan);
        _retryDelay = _retryDelay * 2 < LastRetry ? _retryDelay * 2 : LastRetry;
    }

    private void Retry()
    {
        if (Streams > 0 && !_loss.IsEmpty && !TellLoss())
        {
            ScheduleRetry();
        }
    }

    /// <summary>Writes the record that says what is missing; with it the file is in order again.</summary>
    private bool TellLoss()
    {
        byte[] record = LossRecord();
        bool due = _rotation.IsFull(0, record.Length, startsLine: true);
        if ((due ? _rotation.Rotate() : _rotation.Follow()) != 0)
        {
            return false;
        }

        int written = Libc.Write(_rotation.File, record);
        if (written != record.Length)
        {
            _tailIsTorn |= written > 0 && !_rotation.TakeBack(written);
            return false;
        }

        _rotation.Grow(written);
        _tailIsTorn = false;
        LogRecovered(_services.Logger, Options.Path, _loss.Bytes, _loss.Lines);
        _loss.End();
        return true;
    }

    private byte[] LossRecord()
    {
        byte[] text = Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture, $"[containershim: {_loss.Bytes} bytes of output in {_loss.Lines} lines were lost: {_loss.Reason}]"));
        byte[] record = new byte[LogRecords.MaxLength(text.Length) + 1];
        int start = _tailIsTorn ? 1 : 0;
        record[0] = (byte)'\n';
        Span<byte> rest = record.AsSpan(start);
        int length;
        if (Options.Format == LogFormat.Raw)
        {
            text.CopyTo(rest);
            rest[text.Length] = (byte)'\n';
            length = text.Length + 1;
        }
        else
        {
            length = LogRecords.Write(rest, Options.Format, text, isWhole: true, "stderr", _services.Time.GetUtcNow());
        }

        return record[..(start + length)];
    }

    /// <summary>One record in the buffer.</summary>
    internal readonly record struct Mark(int End, int Payload, bool EndsLine, StreamCounters Counters);
}
