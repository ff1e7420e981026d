using System.Buffers.Binary;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>The ten bytes before each body: length and stream id, both big endian, then type and flags (ttrpc PROTOCOL.md).</summary>
internal readonly struct FrameHeader(uint length, uint streamId, FrameType type, FrameFlags flags)
{
    internal const int Size = 10;

    internal uint Length { get; } = length;

    internal uint StreamId { get; } = streamId;

    internal FrameType Type { get; } = type;

    internal FrameFlags Flags { get; } = flags;

    internal static FrameHeader Read(ReadOnlySpan<byte> source) => new(
        BinaryPrimitives.ReadUInt32BigEndian(source),
        BinaryPrimitives.ReadUInt32BigEndian(source[4..]),
        (FrameType)source[8],
        (FrameFlags)source[9]);

    internal void Write(Span<byte> destination)
    {
        BinaryPrimitives.WriteUInt32BigEndian(destination, Length);
        BinaryPrimitives.WriteUInt32BigEndian(destination[4..], StreamId);
        destination[8] = (byte)Type;
        destination[9] = (byte)Flags;
    }
}
