using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Tests.Bootstrap;

internal static partial class Umask
{
    /// <summary>Sets the umask of this process and returns the one before, see umask(2).</summary>
    [LibraryImport("libc", EntryPoint = "umask")]
    internal static partial uint Set(uint mask);
}
