using System.Buffers;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>ttrpc.Response, taken apart in place; <see cref="Payload"/> lives as long as the frame does.</summary>
internal readonly ref struct ResponseEnvelope
{
    internal Status Status { get; private init; }

    /// <summary>The encoded google.rpc.Status where it has details, otherwise null.</summary>
    internal byte[]? StatusWithDetails { get; private init; }

    internal ReadOnlySequence<byte> Payload { get; private init; }

    internal static ResponseEnvelope Parse(in ReadOnlySequence<byte> body)
    {
        ReadOnlySequence<byte> status = default, payload = default;
        WireReader reader = new(body);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field, type)
            {
                case (1, WireType.Bytes):
                    status = reader.ReadBytes();
                    break;
                case (2, WireType.Bytes):
                    payload = reader.ReadBytes();
                    break;
                default:
                    reader.Skip(field, type);
                    break;
            }
        }

        bool detailed = false;
        return new ResponseEnvelope
        {
            Status = status.IsEmpty ? Status.DefaultSuccess : RpcStatus.Decode(status, out detailed),
            StatusWithDetails = detailed ? status.ToArray() : null,
            Payload = payload,
        };
    }
}
