using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>A FIFO that is open for input with its other end, or a file, which has none.</summary>
internal sealed record FifoInput(SafeFd Reader, SafeFd? Writer) : IDisposable
{
    /// <inheritdoc/>
    public void Dispose()
    {
        Reader.Dispose();
        Writer?.Dispose();
    }
}
