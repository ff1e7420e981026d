using EmbeddedHost.Containers;

namespace EmbeddedHost.Output;

/// <summary>Reads the log of a container; needs the file only, and nobody who serves it.</summary>
internal sealed class LogReader(ContainerFiles files, Stream destination) : IDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    private readonly FileStream _log = new(files.LogPath, FileMode.OpenOrCreate, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
    private readonly byte[] _buffer = new byte[64 * 1024];

    public async Task CopyAsync(int? lastLines, bool follow, CancellationToken cancellationToken)
    {
        if (lastLines is { } lines)
        {
            _log.Position = FindLast(lines);
        }

        using PeriodicTimer timer = new(Interval);
        while (true)
        {
            // Looked at before the reading, so that what it wrote last is read.
            bool ended = !follow || !files.Exists || !MayWrite(files.Read());
            await CopyRestAsync(cancellationToken);
            if (ended)
            {
                return;
            }

            await timer.WaitForNextTickAsync(cancellationToken);
        }
    }

    public void Dispose() => _log.Dispose();

    private static bool MayWrite(ContainerRecord record) => record.IsRunning || (record is { Exit: null, Host.IsAlive: true });

    private async Task CopyRestAsync(CancellationToken cancellationToken)
    {
        if (_log.Length < _log.Position)
        {
            // Emptied, by whom the container redirected to /dev/stderr.
            _log.Position = 0;
        }

        int count;
        while ((count = await _log.ReadAsync(_buffer, cancellationToken)) > 0)
        {
            await destination.WriteAsync(_buffer.AsMemory(0, count), cancellationToken);
        }
    }

    /// <summary>Goes back from the end, block by block, until enough lines have passed.</summary>
    private long FindLast(int lines)
    {
        long end = _log.Length;
        for (long from = end; from > 0;)
        {
            int size = (int)Math.Min(_buffer.Length, from);
            from -= size;
            _log.Position = from;
            _log.ReadExactly(_buffer, 0, size);
            for (int i = size - 1; i >= 0; i--)
            {
                // The end of the last line is no line of its own.
                if (_buffer[i] == '\n' && from + i != end - 1 && --lines <= 0)
                {
                    return lines < 0 ? end : from + i + 1;
                }
            }
        }

        return lines <= 0 ? end : 0;
    }
}
