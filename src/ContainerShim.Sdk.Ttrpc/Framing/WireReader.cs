using System.Buffers;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>Walks over the fields of a protobuf message without copying them. Malformed input ends in <see cref="InvalidDataException"/>.</summary>
internal ref struct WireReader(in ReadOnlySequence<byte> message)
{
    private const int MaxDepth = 100;
    private SequenceReader<byte> _reader = new(message);

    internal static InvalidDataException Malformed() => new("proto: cannot parse invalid wire-format data");

    internal bool TryReadTag(out int field, out WireType type)
    {
        if (_reader.End)
        {
            field = 0;
            type = default;
            return false;
        }

        ulong tag = ReadVarint();
        field = (int)(tag >> 3);
        type = (WireType)(tag & 7);
        return tag is >= 8 and <= uint.MaxValue ? true : throw Malformed();
    }

    internal ulong ReadVarint()
    {
        ulong value = 0;
        for (int shift = 0; shift < 70; shift += 7)
        {
            if (!_reader.TryRead(out byte next))
            {
                break;
            }

            value |= (ulong)(next & 0x7f) << shift;
            if (next < 0x80)
            {
                return value;
            }
        }

        throw Malformed();
    }

    internal ReadOnlySequence<byte> ReadBytes()
    {
        ulong length = ReadVarint();
        if (length > (ulong)_reader.Remaining)
        {
            throw Malformed();
        }

        ReadOnlySequence<byte> bytes = _reader.Sequence.Slice(_reader.Position, (long)length);
        _reader.Advance((long)length);
        return bytes;
    }

    internal void Skip(int field, WireType type) => Skip(field, type, 0);

    private void Skip(int field, WireType type, int depth)
    {
        switch (type)
        {
            case WireType.Varint:
                ReadVarint();
                break;
            case WireType.Fixed64:
                Advance(8);
                break;
            case WireType.Bytes:
                ReadBytes();
                break;
            case WireType.StartGroup when depth < MaxDepth:
                SkipGroup(field, depth + 1);
                break;
            case WireType.Fixed32:
                Advance(4);
                break;
            default:
                throw Malformed();
        }
    }

    private void SkipGroup(int group, int depth)
    {
        while (TryReadTag(out int field, out WireType type))
        {
            if (type == WireType.EndGroup)
            {
                if (field != group)
                {
                    break;
                }

                return;
            }

            Skip(field, type, depth);
        }

        throw Malformed();
    }

    private void Advance(long count)
    {
        if (_reader.Remaining < count)
        {
            throw Malformed();
        }

        _reader.Advance(count);
    }
}
