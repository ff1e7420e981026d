using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// A file without a name, used as a ring: a reader that is slow for ever takes no more disk than one that stopped. Used by one thread at a
/// time, which each call may hold up for as long as the disk likes.
/// </summary>
internal sealed class SpillFile(SafeFd file, long capacity) : ISpillFile
{
    private const uint OwnerOnly = 0b110_000_000;

    private long _start;

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <exception cref="LinuxException">It cannot be made.</exception>
    internal static SpillFile Create(string directory, long capacity) => new(Libc.OpenUnnamed(directory, OwnerOnly), capacity);

    /// <inheritdoc/>
    public FileStatus Status() => Libc.Stat(file);

    /// <inheritdoc/>
    public int Append(ReadOnlySpan<byte> bytes)
    {
        while (bytes.Length > 0)
        {
            long end = (_start + Length) % capacity;
            int count = Libc.WriteAt(file, bytes[..(int)Math.Min(bytes.Length, capacity - end)], end);
            if (count <= 0)
            {
                return count < 0 ? -count : Errno.EIO;
            }

            Length += count;
            bytes = bytes[count..];
        }

        return 0;
    }

    /// <inheritdoc/>
    public int Take(Span<byte> room, out int count)
    {
        int wanted = (int)Math.Min(Math.Min(Length, room.Length), capacity - _start);
        count = Libc.ReadAt(file, room[..wanted], _start);
        int error = count > 0 ? 0 : count < 0 ? -count : Errno.EIO;

        // What the disk does not give back is lost, and must not stop what comes later.
        int taken = error == 0 ? count : wanted;
        count = error == 0 ? count : 0;
        Length -= taken;
        _start = Length == 0 ? 0 : (_start + taken) % capacity;
        return error;
    }

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
