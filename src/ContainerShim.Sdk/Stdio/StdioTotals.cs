namespace ContainerShim.Sdk.Stdio;

/// <summary>How much all streams of a host have moved. Written on the reactor's thread alone, and read on any.</summary>
internal sealed class StdioTotals
{
    /// <summary>Bytes taken from a process or from its input.</summary>
    internal long Relayed { get; private set; }

    /// <summary>Bytes of output that its target refused for good.</summary>
    internal long Dropped { get; private set; }

    internal void AddRelayed(long bytes) => Relayed += bytes;

    internal void AddDropped(long bytes) => Dropped += bytes;
}
