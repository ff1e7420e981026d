using System.Buffers;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>ttrpc.Request, taken apart in place: the slices point into the connection's buffer and live as long as the frame does.</summary>
internal readonly ref struct RequestEnvelope
{
    internal ReadOnlySequence<byte> Service { get; private init; }

    internal ReadOnlySequence<byte> Method { get; private init; }

    internal ReadOnlySequence<byte> Payload { get; private init; }

    internal long TimeoutNanoseconds { get; private init; }

    internal Metadata? Metadata { get; private init; }

    /// <summary>Bytes of metadata; where they exceed the limit, <see cref="Metadata"/> is incomplete.</summary>
    internal long MetadataLength { get; private init; }

    internal static RequestEnvelope Parse(in ReadOnlySequence<byte> body)
    {
        ReadOnlySequence<byte> service = default, method = default, payload = default;
        long timeout = 0, metadataLength = 0;
        Metadata? metadata = null;
        WireReader reader = new(body);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field, type)
            {
                case (1, WireType.Bytes):
                    service = reader.ReadBytes();
                    break;
                case (2, WireType.Bytes):
                    method = reader.ReadBytes();
                    break;
                case (3, WireType.Bytes):
                    payload = reader.ReadBytes();
                    break;
                case (4, WireType.Varint):
                    timeout = (long)reader.ReadVarint();
                    break;
                case (5, WireType.Bytes):
                    ReadOnlySequence<byte> pair = reader.ReadBytes();
                    metadataLength += pair.Length;
                    if (metadataLength <= FrameLimits.MaxMetadata)
                    {
                        MetadataPair.Add(metadata ??= [], pair);
                    }

                    break;
                default:
                    reader.Skip(field, type);
                    break;
            }
        }

        return new RequestEnvelope
        {
            Service = service,
            Method = method,
            Payload = payload,
            TimeoutNanoseconds = timeout,
            Metadata = metadata,
            MetadataLength = metadataLength,
        };
    }
}
