using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Processes;

/// <summary>The standard input of a process as a file in memory: nobody has to write while it runs, and it ends by itself.</summary>
internal static class PreparedInput
{
    internal static SafeFileHandle Make(ReadOnlySpan<byte> content)
    {
        SafeFileHandle file = Libc.MemoryFile("input");
        try
        {
            // Written at a position, so that the one at which the process begins to read stays 0.
            RandomAccess.Write(file, content, 0);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }
}
