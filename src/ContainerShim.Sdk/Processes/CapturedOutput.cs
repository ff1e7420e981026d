using System.Text;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Processes;

/// <summary>
/// A file in memory for the output of a process. Unlike a pipe it needs no reader while the process runs, and a grandchild that keeps
/// it open delays nobody.
/// </summary>
internal sealed class CapturedOutput : IDisposable
{
    private readonly SafeFileHandle _file = Libc.MemoryFile("output");

    internal SafeFileHandle Handle => _file;

    /// <summary>The bytes from the start, at most <paramref name="limit"/> of them.</summary>
    internal byte[] Read(int limit)
    {
        byte[] bytes = new byte[Math.Min(RandomAccess.GetLength(_file), limit)];
        int count = 0;
        int last;
        do
        {
            last = RandomAccess.Read(_file, bytes.AsSpan(count), count);
            count += last;
        }
        while (last > 0 && count < bytes.Length);
        return bytes;
    }

    internal string ReadText(int limit) => Encoding.UTF8.GetString(Read(limit));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
