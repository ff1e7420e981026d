using ContainerShim.Sdk.Events;

namespace ContainerShim.Sdk.Grpc;

/// <summary>An event as containerd passes it on.</summary>
public sealed record ContainerdEvent
{
    /// <summary>When it was published, by the clock of its publisher.</summary>
    public required DateTimeOffset Timestamp { get; init; }

    /// <summary>The namespace it belongs to.</summary>
    public required string ContainerdNamespace { get; init; }

    /// <summary>What it is about, for example <c>/tasks/exit</c> or <c>/images/create</c>.</summary>
    public required string Topic { get; init; }

    /// <summary>The message, encoded.</summary>
    public required TypedPayload Payload { get; init; }

    /// <summary>The event, if it is one of a task; null for others. Decoded at each call.</summary>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public ShimEvent? Event => EventCodec.Decode(Payload);
}
