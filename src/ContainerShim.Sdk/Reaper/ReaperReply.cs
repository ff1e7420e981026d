using System.Runtime.InteropServices;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Reaper;

/// <summary>An answer of the reaper. Whoever takes it owns its descriptors.</summary>
/// <param name="Error">An error number, 0 for success; <c>ENOTCONN</c> when the reaper is gone.</param>
/// <param name="Value">What the operation answers with: a pid, a status, an index.</param>
/// <param name="Code">A version, or how a child ended (<c>CLD_EXITED</c> and its kin).</param>
/// <param name="Kinds">Which descriptors came along.</param>
/// <param name="Payload">What follows the head.</param>
/// <param name="Descriptors">The descriptors, from the lowest kind up.</param>
internal sealed record ReaperReply(int Error, int Value, int Code, ulong Kinds, byte[] Payload, IReadOnlyList<SafeFd> Descriptors)
{
    /// <summary>The answer that a reaper which is gone would have given.</summary>
    internal static readonly ReaperReply Gone = new(Errno.ENOTCONN, 0, 0, 0, [], []);

    /// <summary>The exit code of a child that was collected: 128+n for signal n.</summary>
    internal int ExitCode => new SignalInfo { Code = Code, Status = Value }.ExitCode;

    /// <summary>Parses a packet; null where it is none.</summary>
    internal static ReaperReply? TryParse(ReadOnlySpan<byte> packet, IReadOnlyList<SafeFd> descriptors, out ulong id)
    {
        id = 0;
        if (packet.Length < Marshal.SizeOf<Head>())
        {
            return null;
        }

        Head head = MemoryMarshal.Read<Head>(packet);
        id = head.Id;
        return new ReaperReply(head.Error, head.Value, head.Code, head.Kinds, packet[Marshal.SizeOf<Head>()..].ToArray(), descriptors);
    }

    /// <summary><c>struct reply</c></summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Head
    {
        internal ulong Id;
        internal ulong Kinds;
        internal int Error;
        internal int Value;
        internal int Code;
        internal uint Count;
    }
}
