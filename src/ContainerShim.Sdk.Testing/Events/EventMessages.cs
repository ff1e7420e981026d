using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.Testing.Events;

/// <summary>Reads events from containerd's messages.</summary>
internal static class EventMessages
{
    /// <summary>The event; null for one that no shim sends.</summary>
    public static EventEnvelope? Read(Envelope? envelope) =>
        envelope?.Event is { } any && EventCodec.Decode(new TypedPayload(any.TypeUrl, any.Value.Memory)) is { } found
            ? new EventEnvelope
            {
                Sequence = 0,
                Timestamp = WireTime.FromWire(envelope.Timestamp) ?? default,
                ContainerdNamespace = envelope.Namespace,
                Event = found,
            }
            : null;
}
