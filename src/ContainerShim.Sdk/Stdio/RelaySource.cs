using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Reads from the pipe or the terminal of a process.</summary>
internal static class RelaySource
{
    /// <summary>Reads once. <see cref="RelayStep.Moved"/> with a count, or why there is nothing, with a count of 0.</summary>
    internal static RelayStep Read(SafeFd source, Span<byte> buffer, out int count)
    {
        int result = Libc.Read(source, buffer);
        count = Math.Max(result, 0);
        return result switch
        {
            > 0 => RelayStep.Moved,
            0 => RelayStep.SourceEnded,
            -Errno.EAGAIN => RelayStep.SourceEmpty,
            _ => RelayStep.SourceHungUp,
        };
    }
}
