using System.Buffers;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>google.rpc.Status between the wire and <see cref="Status"/>; its details travel under the trailer gRPC uses for them.</summary>
internal static class RpcStatus
{
    /// <summary>Where gRPC libraries put and look for an encoded google.rpc.Status.</summary>
    internal const string DetailsTrailer = "grpc-status-details-bin";

    private const int MaxMessage = 64 << 10;

    internal static Status Decode(in ReadOnlySequence<byte> status, out bool detailed)
    {
        int code = 0;
        ReadOnlySequence<byte> message = default;
        detailed = false;
        WireReader reader = new(status);
        while (reader.TryReadTag(out int field, out WireType type))
        {
            switch (field, type)
            {
                case (1, WireType.Varint):
                    code = (int)reader.ReadVarint();
                    break;
                case (2, WireType.Bytes):
                    message = reader.ReadBytes();
                    break;
                default:
                    detailed |= field == 3;
                    reader.Skip(field, type);
                    break;
            }
        }

        return new Status((StatusCode)code, WireText.Decode(message));
    }

    /// <summary>The response frame that says how a call failed.</summary>
    internal static FrameBuffer Encode(Status status, byte[]? details)
    {
        ReadOnlySpan<char> message = status.Detail;
        FrameBuffer frame = new(FrameType.Response, FrameFlags.None, FrameBuffer.ResponsePayloadTag);
        int start = frame.BeginNested(1);
        frame.WriteVarintField(1, (ulong)status.StatusCode);
        frame.WriteStringField(2, message.Length > MaxMessage ? message[..MaxMessage] : message);
        if (details is { Length: <= FrameLimits.MaxBody / 2 })
        {
            CopyDetails(frame, details);
        }

        frame.EndNested(start);
        return frame;
    }

    private static void CopyDetails(FrameBuffer frame, byte[] status)
    {
        try
        {
            WireReader reader = new(new ReadOnlySequence<byte>(status));
            while (reader.TryReadTag(out int field, out WireType type))
            {
                if (field == 3 && type == WireType.Bytes)
                {
                    frame.WriteBytesField(3, reader.ReadBytes());
                }
                else
                {
                    reader.Skip(field, type);
                }
            }
        }
        catch (InvalidDataException)
        {
            // The trailer is the handler's own affair; the call still fails with its code and text.
        }
    }
}
