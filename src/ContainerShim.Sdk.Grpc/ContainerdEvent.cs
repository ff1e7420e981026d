using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Grpc;

/// <summary>An event as containerd passes it on.</summary>
/// <param name="Timestamp">When it was published, by the clock of its publisher.</param>
/// <param name="ContainerdNamespace">The namespace it belongs to.</param>
/// <param name="Topic">What it is about, for example <c>/tasks/exit</c> or <c>/images/create</c>.</param>
/// <param name="Payload">The message, encoded.</param>
public sealed record ContainerdEvent(DateTimeOffset Timestamp, string ContainerdNamespace, string Topic, TypedPayload Payload)
{
    /// <summary>The event, if it is one of a task; null for others. Decoded at each call.</summary>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public ShimEvent? Event => EventCodec.Decode(Payload);
}
