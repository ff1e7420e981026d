using System.Buffers;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Up to 64 KiB on their way into a file, or out of it.</summary>
internal sealed class SpillBlock : IDisposable
{
    internal const int Size = 64 * 1024;

    private readonly byte[] _bytes = ArrayPool<byte>.Shared.Rent(Size);
    private int _start;
    private int _end;

    internal int Length => _end - _start;

    internal ReadOnlySpan<byte> Content => _bytes.AsSpan(_start.._end);

    /// <summary>To be filled from its beginning; see <see cref="Grow"/>.</summary>
    internal Span<byte> Room => _bytes.AsSpan(_end..Size);

    internal void Grow(int count) => _end += count;

    /// <summary>Takes bytes out at the beginning.</summary>
    internal void Remove(int count) => _start += count;

    /// <summary>Adds as many as there is room for, and returns how many that are.</summary>
    internal int Add(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(bytes.Length, Room.Length);
        bytes[..count].CopyTo(Room);
        Grow(count);
        return count;
    }

    /// <inheritdoc/>
    public void Dispose() => ArrayPool<byte>.Shared.Return(_bytes);
}
