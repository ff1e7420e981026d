using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The files of the kernel that the cgroup code reads and writes, below a root that a test may set to a recorded tree.</summary>
/// <param name="root">What every absolute path is put after; empty for the real files.</param>
internal sealed class HostFiles(string root = "")
{
    /// <summary>Where a path really lies.</summary>
    internal string Map(string path) => root + path;

    internal bool FileExists(string path) => File.Exists(Map(path));

    internal bool DirectoryExists(string path) => Directory.Exists(Map(path));

    /// <summary>Makes a directory and those above it.</summary>
    internal void CreateDirectory(string path) => Directory.CreateDirectory(Map(path));

    /// <summary>The paths of the directories in a directory; none when it is gone.</summary>
    internal List<string> Directories(string path)
    {
        List<string> children = [];
        try
        {
            foreach (string child in Directory.EnumerateDirectories(Map(path)))
            {
                children.Add(child[root.Length..]);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Removed while being listed: what was found of it is gone as well, or is found at the next look.
        }

        return children;
    }

    /// <summary>Writes a value in one write(2), as control files need it. Returns the error number, 0 for success.</summary>
    internal int TryWrite(string path, ReadOnlySpan<byte> value)
    {
        using SafeFd? file = Libc.TryOpen(Map(path), OpenFlags.WriteOnly, out int error);
        return file is null ? error : Math.Max(-Libc.Write(file, value), 0);
    }
}
