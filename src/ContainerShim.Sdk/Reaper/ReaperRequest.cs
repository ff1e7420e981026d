using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Reaper;

/// <summary>A request: the head of its packet, what follows, and the descriptors that go along.</summary>
internal sealed record ReaperRequest
{
    /// <summary>The longest packet that the reaper reads.</summary>
    internal const int LongestPacket = 128 * 1024;

    /// <summary>Of a start: the child leads a process group of its own. The low half of the flags is the number of its descriptors.</summary>
    internal const uint OwnGroup = 1 << 16;

    /// <summary>Of a collection: leaves the zombie.</summary>
    internal const uint Peek = 1;

    public required ReaperOperation Operation { get; init; }

    public uint Flags { get; init; }

    /// <summary>Which descriptors: of a start those that are not /dev/null, else kinds of streams.</summary>
    public ulong Kinds { get; init; }

    public int Pid { get; init; }

    public int Arguments { get; init; }

    public int Variables { get; init; }

    /// <summary>What follows the head.</summary>
    public ReadOnlyMemory<byte> Payload { get; init; }

    /// <summary>The descriptors. They are referred to until the packet is sent, and stay their owners'.</summary>
    public IReadOnlyList<SafeHandle> Descriptors { get; init; } = [];

    /// <summary>The packet. An id of 0 asks for no answer.</summary>
    internal byte[] ToPacket(ulong id)
    {
        Head head = new()
        {
            Operation = (uint)Operation,
            Flags = Flags,
            Id = id,
            Kinds = Kinds,
            Pid = Pid,
            Arguments = (uint)Arguments,
            Variables = (uint)Variables,
        };
        byte[] packet = new byte[Marshal.SizeOf<Head>() + Payload.Length];
        MemoryMarshal.Write(packet, head);
        Payload.Span.CopyTo(packet.AsSpan(Marshal.SizeOf<Head>()));
        return packet;
    }

    /// <summary><c>struct request</c></summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Head
    {
        internal uint Operation;
        internal uint Flags;
        internal ulong Id;
        internal ulong Kinds;
        internal int Pid;
        internal uint Arguments;
        internal uint Variables;
        internal uint Padding;
    }
}
