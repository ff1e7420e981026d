using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Linux;

/// <summary>Paths as the kernel knows them.</summary>
internal static class RealPath
{
    /// <summary>The path of a directory without symbolic links in it.</summary>
    /// <exception cref="LinuxException">It is not there, or no directory.</exception>
    internal static string OfDirectory(string directory)
    {
        using SafeFd opened = Libc.Open(directory, OpenFlags.Path | OpenFlagsByArchitecture.Directory);
        return new FileInfo($"/proc/self/fd/{opened.Number}").LinkTarget ?? directory;
    }
}
