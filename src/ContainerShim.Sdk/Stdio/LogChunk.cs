using System.Buffers;
using System.Runtime.CompilerServices;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Some output on its way to a log file, with what is needed to count it if it does not get there. One thread has it at a time.</summary>
/// <param name="isRaw">Whether it is output as it comes, and not records.</param>
/// <param name="size">The room to begin with.</param>
internal sealed class LogChunk(bool isRaw, int size)
{
    /// <summary>The usual room, in bytes; only a single record may need more.</summary>
    internal const int UsualSize = 64 * 1024;

    /// <summary>So many lines fill a piece of output too, however short they are: more than the shortest records that fill the usual room.</summary>
    private const int MostMarks = 2048;

    private const int UsualMarks = 512;

    /// <summary>Raw output has one mark for all that a stream adds in a row.</summary>
    private const int UsualRawMarks = 16;

    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(Math.Max(size, UsualSize));
    private LogMark[] _marks = ArrayPool<LogMark>.Shared.Rent(isRaw ? UsualRawMarks : UsualMarks);
    private int _markCount;
    private List<Action>? _whenDone;

    /// <summary>What was lost before this.</summary>
    internal LogLoss Lost { get; } = new();

    internal int Length { get; private set; }

    internal int Room => _markCount < MostMarks ? _bytes.Length - Length : 0;

    /// <summary>The memory it takes, in bytes, however little is in it.</summary>
    internal int Footprint => _bytes.Length + (_marks.Length * Unsafe.SizeOf<LogMark>());

    internal Span<byte> Rest => _bytes.AsSpan(Length);

    private ReadOnlySpan<LogMark> Marks => _marks.AsSpan(0, _markCount);

    internal ReadOnlySpan<byte> Between(int start, int end) => _bytes.AsSpan(start..end);

    /// <summary>Adds what was put at the beginning of <see cref="Rest"/>.</summary>
    internal void Add(LogMark mark)
    {
        Length = mark.End;
        if (isRaw && _markCount > 0 && _marks[_markCount - 1].Counters == mark.Counters)
        {
            ref LogMark last = ref _marks[_markCount - 1];
            last = last with { End = mark.End, Payload = last.Payload + mark.Payload };
            return;
        }

        if (_markCount == _marks.Length)
        {
            LogMark[] more = ArrayPool<LogMark>.Shared.Rent(2 * _markCount);
            Marks.CopyTo(more);
            ArrayPool<LogMark>.Shared.Return(_marks, clearArray: true);
            _marks = more;
        }

        _marks[_markCount++] = mark;
    }

    /// <summary>Counts everything from a position on as lost, and takes it out.</summary>
    internal void Lose(int from, LogLoss loss)
    {
        int start = from;
        foreach (LogMark mark in Marks[CountUpTo(from)..])
        {
            if (isRaw)
            {
                loss.Add(mark.Counters, mark.End - start, Between(start, mark.End).Count((byte)'\n'));
            }
            else
            {
                loss.Add(mark.Counters, mark.Payload, mark.EndsLine ? 1 : 0);
            }

            start = mark.End;
        }

        _markCount = 0;
        Length = 0;
    }

    /// <summary>The last position up to <paramref name="end"/> at which a record or a line ends; <paramref name="start"/> where none does.</summary>
    internal int LastBoundary(int start, int end)
    {
        int boundary = Math.Max(start, EndOf(CountUpTo(end)));
        return isRaw && Between(boundary, end).LastIndexOf((byte)'\n') is >= 0 and int line ? boundary + line + 1 : boundary;
    }

    /// <summary>How far to write next into a file with a limit; <paramref name="start"/> when another file is to be begun first.</summary>
    internal int NextCut(int start, long size, long maxSize)
    {
        if (maxSize == 0 || size + Length - start <= maxSize)
        {
            return Length;
        }

        int room = (int)Math.Clamp(maxSize - size, 0, Length - start);
        int cut = isRaw
            ? start + Between(start, start + room).LastIndexOf((byte)'\n') + 1
            : LastBoundary(start, start + room);
        if (cut > start)
        {
            return cut;
        }

        int next = isRaw ? LineEnd(start) : _marks[CountUpTo(start)].End;
        if (size == 0)
        {
            return next;
        }

        // The rest of a line follows its beginning into the file, unless the file would become twice as large as it may.
        return StartsLine(start) || size + next - start > 2 * maxSize ? start : next;
    }

    /// <summary>Calls back when this has been written or lost.</summary>
    internal void WhenDone(Action action) => (_whenDone ??= []).Add(action);

    /// <summary>To be called once, when nobody has it any more.</summary>
    internal void Done()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        ArrayPool<LogMark>.Shared.Return(_marks, clearArray: true);
        _whenDone?.ForEach(static action => action());
    }

    private int LineEnd(int start) => Between(start, Length).IndexOf((byte)'\n') is >= 0 and int end ? start + end + 1 : Length;

    private bool StartsLine(int position)
    {
        int before = CountUpTo(position);
        return !isRaw || (position == EndOf(before) ? _marks[before].StartsLine : _bytes[position - 1] == '\n');
    }

    private int EndOf(int count) => count == 0 ? 0 : _marks[count - 1].End;

    /// <summary>How many marks end at a position or before it.</summary>
    private int CountUpTo(int position)
    {
        int low = 0;
        int high = _markCount;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _marks[middle].End <= position ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
