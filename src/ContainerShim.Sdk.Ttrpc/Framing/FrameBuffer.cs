using System.Buffers;
using System.Numerics;
using System.Text;
using Grpc.Core;

namespace ContainerShim.Sdk.Ttrpc.Framing;

/// <summary>
/// One outgoing frame. As a <see cref="SerializationContext"/> it takes the message straight from the marshaller, behind header and envelope,
/// so that a message is encoded once and sent from where it was encoded.
/// </summary>
internal sealed class FrameBuffer(FrameType type, FrameFlags flags, byte payloadTag) : SerializationContext, IBufferWriter<byte>
{
    internal const byte RequestPayloadTag = (3 << 3) | 2;
    internal const byte ResponsePayloadTag = (2 << 3) | 2;

    /// <summary>Data frames carry the message bare.</summary>
    internal const byte NoPayloadTag = 0;

    // A padded varint is legal, which lets a length be filled in after what it counts.
    private const int PaddedVarint = 5;
    private const int InitialSize = 256;
    private const int MaxPooled = 64 << 10;

    private byte[] _array = ArrayPool<byte>.Shared.Rent(InitialSize);
    private int _length = FrameHeader.Size;
    private int _payloadStart = -1;
    private int _declared = -1;

    internal ReadOnlyMemory<byte> Memory => _array.AsMemory(0, _length);

    internal int Length => _length;

    /// <summary>Set by the writer's sender that wants to know when the frame has left; guarded by the writer's lock.</summary>
    internal TaskCompletionSource? Sent { get; set; }

    /// <summary>Whether the frame has left; guarded by the writer's lock.</summary>
    internal bool IsSent { get; set; }

    internal void SetHeader(uint streamId) =>
        new FrameHeader((uint)(_length - FrameHeader.Size), streamId, type, flags).Write(_array);

    /// <summary>Encodes <paramref name="message"/> as the payload.</summary>
    /// <exception cref="FrameTooLargeException">The body would be too long.</exception>
    internal void WritePayload<T>(Marshaller<T> marshaller, T message)
    {
        marshaller.ContextualSerializer(message, this);
        Complete();
        CheckSize(0);
    }

    public override void SetPayloadLength(int payloadLength)
    {
        CheckSize(payloadLength + (payloadTag == NoPayloadTag || payloadLength == 0 ? 0L : 1L + VarintSize((uint)payloadLength)));
        _declared = payloadLength;
    }

    public override IBufferWriter<byte> GetBufferWriter()
    {
        BeginPayload(_declared);
        return this;
    }

    public override void Complete(byte[] payload)
    {
        ArgumentNullException.ThrowIfNull(payload);
        SetPayloadLength(payload.Length);
        BeginPayload(payload.Length);
        Append(payload);
        Complete();
    }

    public override void Complete()
    {
        if (_payloadStart < 0)
        {
            return;
        }

        int written = _length - _payloadStart;
        if (_declared < 0 && payloadTag != NoPayloadTag)
        {
            WritePadded(_payloadStart - PaddedVarint, written);
        }
        else if (_declared >= 0 && written != _declared)
        {
            throw new InvalidOperationException($"The marshaller announced {_declared} bytes and wrote {written}.");
        }

        _payloadStart = -1;
    }

    public void Advance(int count) => _length += count;

    public Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _array.AsMemory(_length);
    }

    public Span<byte> GetSpan(int sizeHint = 0)
    {
        Reserve(Math.Max(sizeHint, 1));
        return _array.AsSpan(_length);
    }

    internal void WriteVarintField(int field, ulong value)
    {
        WriteVarint((ulong)field << 3);
        WriteVarint(value);
    }

    internal void WriteStringField(int field, ReadOnlySpan<char> text)
    {
        int count = Encoding.UTF8.GetByteCount(text);
        WriteLength(field, count);
        Reserve(count);
        _length += Encoding.UTF8.GetBytes(text, _array.AsSpan(_length));
    }

    internal void WriteBytesField(int field, in ReadOnlySequence<byte> bytes)
    {
        WriteLength(field, (int)bytes.Length);
        Reserve((int)bytes.Length);
        bytes.CopyTo(_array.AsSpan(_length));
        _length += (int)bytes.Length;
    }

    /// <summary>Begins a message within this one; <see cref="EndNested"/> takes the returned position.</summary>
    internal int BeginNested(int field)
    {
        WriteVarint((ulong)((field << 3) | 2));
        Reserve(PaddedVarint);
        return _length += PaddedVarint;
    }

    internal void EndNested(int start) => WritePadded(start - PaddedVarint, _length - start);

    /// <summary>Gives the memory back. The frame must not be used afterwards; a second call does nothing.</summary>
    internal void Release()
    {
        byte[] array = _array;
        _array = [];
        _length = 0;
        if (array.Length is > 0 and <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(array);
        }
    }

    private void BeginPayload(int length)
    {
        if (payloadTag != NoPayloadTag && length != 0)
        {
            WriteVarint(payloadTag);
            if (length > 0)
            {
                WriteVarint((ulong)length);
            }
            else
            {
                Reserve(PaddedVarint);
                _length += PaddedVarint;
            }
        }

        Reserve(Math.Max(length, 0));
        _payloadStart = _length;
        _declared = length;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        Reserve(bytes.Length);
        bytes.CopyTo(_array.AsSpan(_length));
        _length += bytes.Length;
    }

    private void WriteLength(int field, int length)
    {
        WriteVarint((ulong)((field << 3) | 2));
        WriteVarint((ulong)length);
    }

    private void WriteVarint(ulong value)
    {
        Reserve(10);
        while (value >= 0x80)
        {
            _array[_length++] = (byte)(value | 0x80);
            value >>= 7;
        }

        _array[_length++] = (byte)value;
    }

    private void WritePadded(int position, int value)
    {
        for (int i = 0; i < PaddedVarint - 1; i++)
        {
            _array[position + i] = (byte)((value >> (7 * i)) | 0x80);
        }

        _array[position + PaddedVarint - 1] = (byte)((value >> (7 * (PaddedVarint - 1))) & 0x7f);
    }

    private static int VarintSize(uint value) => (38 - BitOperations.LeadingZeroCount(value | 1)) / 7;

    private void CheckSize(long more)
    {
        long body = _length - FrameHeader.Size + more;
        if (body > FrameLimits.MaxBody)
        {
            throw new FrameTooLargeException(body);
        }
    }

    private void Reserve(int count)
    {
        int needed = _length + count;
        if (needed <= _array.Length)
        {
            return;
        }

        // Large arrays are not pooled: the pool would keep them long after the one call that needed them.
        int size = Math.Max(needed, _array.Length * 2);
        byte[] grown = size <= MaxPooled ? ArrayPool<byte>.Shared.Rent(size) : GC.AllocateUninitializedArray<byte>(size);
        _array.AsSpan(0, _length).CopyTo(grown);
        if (_array.Length <= MaxPooled)
        {
            ArrayPool<byte>.Shared.Return(_array);
        }

        _array = grown;
    }
}
