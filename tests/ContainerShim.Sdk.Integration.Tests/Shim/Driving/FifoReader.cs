using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Integration.Tests.Shim.Driving;

/// <summary>Reads a FIFO on a thread of its own, as a client of containerd does, until all writers are gone or it goes away itself.</summary>
internal sealed class FifoReader : IDisposable
{
    private readonly string _path;
    private readonly int _chunk;
    private readonly TimeSpan _pause;
    private readonly MemoryStream _content = new();
    private readonly CancellationTokenSource _stop = new();

    private FifoReader(string path, int chunk, TimeSpan pause)
    {
        _path = path;
        _chunk = chunk;
        _pause = pause;
        End = Task.Factory.StartNew(ReadToEnd, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Ends with everything that was read.</summary>
    public Task<byte[]> End { get; }

    /// <param name="path">The FIFO.</param>
    /// <param name="chunk">How much to take at a time.</param>
    /// <param name="pause">How long to rest after each.</param>
    public static FifoReader Start(string path, int chunk = 64 * 1024, TimeSpan pause = default) => new(path, chunk, pause);

    public int Length
    {
        get
        {
            lock (_content)
            {
                return (int)_content.Length;
            }
        }
    }

    public string Text
    {
        get
        {
            lock (_content)
            {
                return Encoding.UTF8.GetString(_content.ToArray());
            }
        }
    }

    public async Task<string> TextAsync() => Encoding.UTF8.GetString(await End.WaitAsync(TimeSpan.FromSeconds(20)));

    /// <summary>Goes away, whether or not writers are left.</summary>
    public void Dispose()
    {
        _stop.Cancel();

        // Wakes a read or an open that waits.
        using SafeFileHandle writer = Native.OpenBothWays(_path);
        Native.WriteAvailable(writer, " "u8);
        End.Wait(TimeSpan.FromSeconds(5));
    }

    private byte[] ReadToEnd()
    {
        byte[] buffer = new byte[_chunk];
        using FileStream stream = new(_path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        int count;
        while (!_stop.IsCancellationRequested && (count = stream.Read(buffer)) > 0)
        {
            if (_stop.IsCancellationRequested)
            {
                break;
            }

            lock (_content)
            {
                _content.Write(buffer, 0, count);
            }

            _stop.Token.WaitHandle.WaitOne(_pause);
        }

        return _content.ToArray();
    }
}
