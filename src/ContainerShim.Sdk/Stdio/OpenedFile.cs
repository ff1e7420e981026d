using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>A file or a device that is open already, and stays the one that is written.</summary>
internal sealed class OpenedFile(SafeFd file) : ILogTarget
{
    /// <inheritdoc/>
    public long MaxSize => 0;

    /// <inheritdoc/>
    public long Size => 0;

    /// <inheritdoc/>
    public FileStatus Open() => Libc.Stat(file);

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> bytes) => Libc.Write(file, bytes);

    /// <inheritdoc/>
    public bool TakeBack(int bytes) => false;

    /// <inheritdoc/>
    public int Follow() => 0;

    /// <inheritdoc/>
    public int Rotate() => 0;

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
