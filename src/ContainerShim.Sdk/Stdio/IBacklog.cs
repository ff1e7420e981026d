using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>Output that waits for its reader, within bounds. Used on the reactor's thread.</summary>
internal interface IBacklog : IDisposable
{
    /// <summary>How many bytes wait.</summary>
    long Length { get; }

    /// <summary>Whether the oldest of them can be passed on at once; otherwise the disk has them, and tells when it gives them.</summary>
    bool IsReady { get; }

    /// <summary>Whether more is wanted of the process now; otherwise the disk is busy, and tells when it is not.</summary>
    bool HasRoom();

    /// <summary>Adds the newest bytes, and drops what the bounds leave no room for.</summary>
    void Add(ReadOnlySpan<byte> bytes);

    /// <summary>Passes the oldest bytes on until none is left or the target takes no more.</summary>
    /// <returns>0, or the error number of the target negated.</returns>
    int WriteTo(SafeFd target);
}
