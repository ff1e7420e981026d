using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Processes;

/// <summary>
/// A file in memory for the output of a process. Unlike a pipe it needs no reader while the process runs, and a grandchild that keeps
/// it open delays nobody. What is written is not limited, what is read is: a file that cannot grow would have scripts fail that write to
/// <c>/dev/stderr</c> by name.
/// </summary>
internal sealed class CapturedOutput : IDisposable
{
    private readonly SafeFileHandle _file = Libc.MemoryFile("output");

    internal SafeFileHandle Handle => _file;

    /// <summary>The bytes from the start, at most <paramref name="limit"/> of them.</summary>
    internal byte[] Read(int limit) => Read(limit, out _);

    /// <summary>The same as text, which says when there was more.</summary>
    internal string ReadText(int limit)
    {
        string text = Encoding.UTF8.GetString(Read(limit, out bool isCut));
        return isCut ? string.Create(CultureInfo.InvariantCulture, $"{text} [the output was cut after {limit} bytes]") : text;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private byte[] Read(int limit, out bool isCut)
    {
        long length = RandomAccess.GetLength(_file);
        isCut = length > limit;
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
