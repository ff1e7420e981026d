using System.Buffers;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>The receiving end of a stream, as the connection sees it.</summary>
internal abstract class MessageSink
{
    /// <summary>Takes a message, and waits for room if it must: not long, since the whole connection waits with it.</summary>
    internal abstract ValueTask<Delivery> DeliverAsync(PayloadReader reader, ReadOnlySequence<byte> payload);

    /// <summary>Ends the stream, after what was delivered has been read. The first call counts.</summary>
    internal abstract void Complete(Exception? error);
}
