using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Linux.Interop;

/// <summary>An array of <c>struct epoll_event</c>, which is packed on x64 only: 12 bytes there, 16 with padding elsewhere.</summary>
internal sealed class EpollBuffer(int capacity)
{
    internal const int LargestEntrySize = 16;

    private readonly byte[] _bytes = new byte[capacity * EntrySize];

    internal static int EntrySize => RuntimeInformation.ProcessArchitecture == Architecture.X64 ? 12 : 16;

    internal static int TokenOffset => EntrySize - sizeof(ulong);

    internal int Capacity => capacity;

    internal Span<byte> Bytes => _bytes;

    internal PollEvents EventsAt(int index) => Unsafe.ReadUnaligned<PollEvents>(ref _bytes[index * EntrySize]);

    internal ulong TokenAt(int index) => Unsafe.ReadUnaligned<ulong>(ref _bytes[(index * EntrySize) + TokenOffset]);

    internal static unsafe void Write(byte* entry, PollEvents events, ulong token)
    {
        Unsafe.WriteUnaligned(entry, events);
        Unsafe.WriteUnaligned(entry + TokenOffset, token);
    }
}
