using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>A file, opened to append, or a device.</summary>
internal sealed class FileSink(SafeFd file) : IOutputSink
{
    /// <inheritdoc/>
    public SafeFd Target => file;

    /// <inheritdoc/>
    public bool IsPipe => false;

    /// <summary>Takes everything and keeps nothing.</summary>
    internal static FileSink OpenNull() => new(Libc.Open("/dev/null", OpenFlags.WriteOnly));

    /// <summary>Opens a log file and makes the directories on the way to it. A symbolic link in its place is refused.</summary>
    internal static FileSink OpenLog(string path)
    {
        const UnixFileMode DirectoryMode = (UnixFileMode)0b111_101_101;
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory)
        {
            Directory.CreateDirectory(directory, DirectoryMode);
        }

        OpenFlags flags = OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append | OpenFlagsByArchitecture.NoFollow;
        return new FileSink(Libc.Open(path, flags, 0b110_100_100));
    }

    /// <inheritdoc/>
    public void Finish(bool anythingWritten) => Dispose();

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
