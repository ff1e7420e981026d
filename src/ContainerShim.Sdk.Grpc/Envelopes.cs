using ContainerShim.Sdk.Events;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Protocol.Types;
using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Grpc.Core;

namespace ContainerShim.Sdk.Grpc;

/// <summary>Turns events into containerd's envelopes and back.</summary>
internal static class Envelopes
{
    public static Envelope ToWire(EventEnvelope envelope) => new()
    {
        Timestamp = WireTime.ToWire(envelope.Timestamp),
        Namespace = envelope.ContainerdNamespace,
        Topic = envelope.Event.Topic,
        Event = ToAny(EventCodec.Encode(envelope.Event)),
    };

    public static ContainerdEvent FromWire(Envelope envelope) => new()
    {
        Timestamp = WireTime.FromWire(envelope.Timestamp) ?? DateTimeOffset.MinValue,
        ContainerdNamespace = envelope.Namespace,
        Topic = envelope.Topic,
        Payload = envelope.Event is { } any ? new TypedPayload(any.TypeUrl, any.Value.Memory) : new TypedPayload("", default),
    };

    public static Any ToAny(TypedPayload payload) => new() { TypeUrl = payload.TypeUrl, Value = ByteString.CopyFrom(payload.Value.Span) };

    /// <summary>The namespace of an event, and the trace that it is part of.</summary>
    public static Metadata Headers(EventEnvelope envelope)
    {
        Metadata headers = ContainerdChannel.Headers(envelope.ContainerdNamespace);
        if (envelope.TraceParent is { } parent)
        {
            headers.Add("traceparent", parent);
        }

        if (envelope.TraceState is { Length: > 0 } state)
        {
            headers.Add("tracestate", state);
        }

        return headers;
    }
}
