using System.ComponentModel;
using System.Runtime.InteropServices;

namespace ContainerShim.Sdk.Testing.Tests.Conformance;

/// <summary>Makes container processes children of this process, as they are of a shim, so that their status is exact on every kernel.</summary>
internal static partial class Subreaper
{
    private const int SetChildSubreaper = 36;

    public static void Become()
    {
        if (Prctl(SetChildSubreaper, 1, 0, 0, 0) != 0)
        {
            throw new Win32Exception();
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl", SetLastError = true)]
    private static partial int Prctl(int option, nuint first, nuint second, nuint third, nuint fourth);
}
