using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>The newest output, in a ring of memory that grows with what waits and is let go when nothing does.</summary>
internal sealed class MemoryBacklog(int capacity, StreamCounters counters) : IBacklog
{
    private const int SmallestRing = 64 * 1024;

    /// <summary>How far the end of a line is looked for, so that what is left begins with a whole one.</summary>
    private const int LongestLine = 4096;

    private byte[] _ring = [];
    private int _start;
    private int _length;

    /// <inheritdoc/>
    public long Length => _length;

    /// <inheritdoc/>
    public bool IsReady => _length > 0;

    /// <inheritdoc/>
    public bool HasRoom() => true;

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<byte> bytes)
    {
        MakeRoom(bytes.Length);
        if (bytes.Length > capacity)
        {
            counters.AddDropped(bytes.Length - capacity);
            bytes = bytes[^capacity..];
        }

        Grow(_length + bytes.Length);
        int end = (_start + _length) % _ring.Length;
        int first = Math.Min(bytes.Length, _ring.Length - end);
        bytes[..first].CopyTo(_ring.AsSpan(end));
        bytes[first..].CopyTo(_ring);
        _length += bytes.Length;
        counters.SetWaiting(_length);
    }

    /// <inheritdoc/>
    public int WriteTo(SafeFd target)
    {
        int error = 0;
        while (_length > 0 && error == 0)
        {
            int count = Libc.Write(target, Oldest);
            error = Math.Min(count, 0);
            Remove(Math.Max(count, 0));
        }

        if (_length == 0)
        {
            _ring = [];
            _start = 0;
        }

        counters.SetWaiting(_length);
        return error;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        counters.AddDropped(_length);
        counters.SetWaiting(0);
        _ring = [];
        _start = _length = 0;
    }

    /// <summary>The oldest bytes that lie side by side.</summary>
    private ReadOnlySpan<byte> Oldest => _ring.AsSpan(_start, Math.Min(_length, _ring.Length - _start));

    private void MakeRoom(int count)
    {
        int surplus = (int)Math.Min((long)_length + count - capacity, _length);
        if (surplus > 0)
        {
            counters.AddDropped(surplus);
            Remove(surplus);
            ReadOnlySpan<byte> next = Oldest;
            int rest = next[..Math.Min(next.Length, LongestLine)].IndexOf((byte)'\n') + 1;
            counters.AddDropped(rest);
            Remove(rest);
        }
    }

    private void Remove(int count)
    {
        _length -= count;
        _start = _length == 0 ? 0 : (_start + count) % _ring.Length;
    }

    private void Grow(int needed)
    {
        if (needed <= _ring.Length)
        {
            return;
        }

        byte[] larger = new byte[Math.Min(capacity, Math.Max(needed, Math.Max(SmallestRing, 2 * _ring.Length)))];
        ReadOnlySpan<byte> oldest = Oldest;
        oldest.CopyTo(larger);
        _ring.AsSpan(0, _length - oldest.Length).CopyTo(larger.AsSpan(oldest.Length));
        _ring = larger;
        _start = 0;
    }
}
