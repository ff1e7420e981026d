using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>The file in which output waits for its reader. Used by one thread at a time.</summary>
internal interface ISpillFile : IDisposable
{
    /// <summary>How many bytes are in it.</summary>
    long Length { get; }

    /// <summary>Whose file system's delays count.</summary>
    FileStatus Status();

    /// <summary>Adds bytes, for which there must be room. Returns 0, or the error number; then fewer of them may have been added.</summary>
    int Append(ReadOnlySpan<byte> bytes);

    /// <summary>Takes the oldest bytes out. Returns 0, or the error number; then what cannot be read is gone.</summary>
    int Take(Span<byte> room, out int count);
}
