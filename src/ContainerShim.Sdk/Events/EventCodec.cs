using ContainerShim.Sdk.Services;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;

namespace ContainerShim.Sdk.Events;

/// <summary>Turns events into containerd's encoding and back, for a publisher or a reader of one's own.</summary>
public static class EventCodec
{
    /// <summary>Encodes an event as the message that containerd expects under its topic.</summary>
    /// <returns>The message, for example a <c>containerd.events.TaskExit</c>.</returns>
    public static TypedPayload Encode(ShimEvent shimEvent)
    {
        ArgumentNullException.ThrowIfNull(shimEvent);
        Any any = EventMapping.ToAny(shimEvent);
        return new TypedPayload(any.TypeUrl, any.Value.Memory);
    }

    /// <summary>Decodes an event.</summary>
    /// <returns>Null for a message that is no event of a task: containerd has others, of images and snapshots.</returns>
    /// <exception cref="FormatException">The message is damaged.</exception>
    public static ShimEvent? Decode(TypedPayload payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        try
        {
            return EventReading.FromMessage(payload);
        }
        catch (Exception e) when (e is InvalidProtocolBufferException or ArgumentOutOfRangeException or OverflowException)
        {
            throw new FormatException($"The event {payload.TypeUrl} is damaged: {e.Message}", e);
        }
    }

    /// <summary>Encodes an event together with the name of its message: a <c>google.protobuf.Any</c>.</summary>
    internal static byte[] EncodeAny(ShimEvent shimEvent) => EventMapping.ToAny(shimEvent).ToByteArray();
}
