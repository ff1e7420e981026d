using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>The file that a log goes to. Used by one thread at a time, which each call may hold up for as long as the disk likes.</summary>
internal interface ILogTarget : IDisposable
{
    /// <summary>How large the file may become, in bytes; 0 for what has no limit.</summary>
    long MaxSize { get; }

    /// <summary>How large it is.</summary>
    long Size { get; }

    /// <summary>Opens the file.</summary>
    /// <returns>What was opened; its file system is the one whose delays count.</returns>
    /// <exception cref="IOException">It cannot be opened.</exception>
    /// <exception cref="UnauthorizedAccessException">The same, for want of rights.</exception>
    /// <exception cref="ShimException">InvalidArgument: it is nothing that can be written to.</exception>
    FileStatus Open();

    /// <summary>Appends. Returns the count, or the error number negated.</summary>
    int Write(ReadOnlySpan<byte> bytes);

    /// <summary>Takes the last bytes out of the file again, where that can be done.</summary>
    bool TakeBack(int bytes);

    /// <summary>Opens the path again when another file, or none, is there now. Returns 0, or the error number negated.</summary>
    int Follow();

    /// <summary>Begins a new file. Returns 0, or the error number.</summary>
    int Rotate();
}
