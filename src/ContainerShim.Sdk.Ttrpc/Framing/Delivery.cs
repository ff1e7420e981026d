namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>What became of a message that arrived on a stream.</summary>
internal enum Delivery
{
    Done,

    /// <summary>The stream takes no more messages.</summary>
    Closed,

    /// <summary>The reader has not made room in time.</summary>
    Full,
}
