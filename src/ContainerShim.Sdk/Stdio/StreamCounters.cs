namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// What became of the output of one stream, or of all streams together. Written on the reactor's thread, but for what was dropped, which is
/// counted where it is known; read on any.
/// </summary>
/// <param name="name"><c>stdout</c> or <c>stderr</c>.</param>
/// <param name="all">Counts for all streams.</param>
internal sealed class StreamCounters(string name, StreamCounters? all = null)
{
    private long _dropped;
    private long _droppedLines;

    internal string Name => name;

    /// <summary>Bytes that the process wrote and that were taken from its pipe or terminal.</summary>
    internal long Taken { get; private set; }

    /// <summary>Bytes that nobody will ever read.</summary>
    internal long Dropped => Volatile.Read(ref _dropped);

    /// <summary>Lines among the dropped bytes, where they were told apart.</summary>
    internal long DroppedLines => Volatile.Read(ref _droppedLines);

    /// <summary>Bytes that waited in a file for their reader, at one time or another.</summary>
    internal long Spilled { get; private set; }

    /// <summary>Bytes that wait for their reader now.</summary>
    internal long Waiting { get; private set; }

    internal void AddTaken(long bytes)
    {
        Taken += bytes;
        all?.AddTaken(bytes);
    }

    internal void AddDropped(long bytes, long lines = 0)
    {
        Interlocked.Add(ref _dropped, bytes);
        Interlocked.Add(ref _droppedLines, lines);
        all?.AddDropped(bytes, lines);
    }

    internal void AddSpilled(long bytes)
    {
        Spilled += bytes;
        all?.AddSpilled(bytes);
    }

    internal void SetWaiting(long bytes)
    {
        all?.SetWaiting(all.Waiting + bytes - Waiting);
        Waiting = bytes;
    }
}
