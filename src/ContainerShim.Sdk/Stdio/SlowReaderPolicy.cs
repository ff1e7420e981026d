namespace ContainerShim.Sdk.Stdio;

/// <summary>What becomes of output that the reader of a FIFO does not take.</summary>
public enum SlowReaderPolicy
{
    /// <summary>The process waits, once its pipe and the FIFO are full. Nothing is lost; it is what containerd's own shim does.</summary>
    Block,

    /// <summary>
    /// The process never waits. The newest output is kept in memory, up to <see cref="StdioOptions.BufferSize"/> a stream; what is older is
    /// dropped in whole lines, where there are lines, and counted.
    /// </summary>
    DropOldest,

    /// <summary>
    /// The process never waits. Output waits in a file without a name, up to <see cref="StdioOptions.SpillSize"/> a stream, and is
    /// delivered in order; what comes while the file, or its disk, is full is dropped and counted.
    /// </summary>
    Spill,
}
