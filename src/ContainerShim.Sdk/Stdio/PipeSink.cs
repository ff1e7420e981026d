using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Stdio;

/// <summary>The pipe to a logging process.</summary>
internal sealed class PipeSink(SafeFd writer) : IOutputSink
{
    /// <inheritdoc/>
    public SafeFd Target => writer;

    /// <inheritdoc/>
    public bool IsPipe => true;

    /// <inheritdoc/>
    public void Finish(bool anythingWritten) => Dispose();

    /// <inheritdoc/>
    public void Dispose() => writer.Dispose();
}
