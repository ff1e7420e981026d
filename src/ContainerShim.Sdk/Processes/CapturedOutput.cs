using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Processes;

/// <summary>
/// A file in memory for the output of a process. Unlike a pipe it needs no reader while the process runs, and a grandchild that keeps
/// it open delays nobody. It takes <see cref="Capacity"/> bytes: a write beyond fails with <c>EPERM</c>, which runc and crun, that print
/// with what they end with, do not look at; a process that does gets an error rather than a signal.
/// </summary>
internal sealed class CapturedOutput : IDisposable
{
    /// <summary>The most that is kept, 4 MiB: the longest answer that a runtime is asked for. Memory is used by what is written.</summary>
    internal const int Capacity = 4 * 1024 * 1024;

    private readonly SafeFileHandle _file = Libc.MemoryFile("output", Capacity);

    internal SafeFileHandle Handle => _file;

    /// <summary>The bytes from the start, at most <paramref name="limit"/> of them.</summary>
    internal byte[] Read(int limit) => Read(limit, out _);

    /// <summary>The same as text, which says when there was more.</summary>
    internal string ReadText(int limit)
    {
        string text = Encoding.UTF8.GetString(Read(limit, out bool isCut));
        return isCut ? string.Create(CultureInfo.InvariantCulture, $"{text} [the output was cut after {Math.Min(limit, Capacity)} bytes]") : text;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private byte[] Read(int limit, out bool isCut)
    {
        // The file has its full size from the start: what was written ends where the process, which shares our position, has come to.
        long length = Libc.Position(_file);
        isCut = length > limit || length >= Capacity;
        byte[] bytes = new byte[Math.Min(length, limit)];
        int count = 0;
        int last;
        do
        {
            last = RandomAccess.Read(_file, bytes.AsSpan(count), count);
            count += last;
        }
        while (last > 0 && count < bytes.Length);
        return count == bytes.Length ? bytes : bytes[..count];
    }
}
