using ContainerShim.Sdk.Processes;

namespace ContainerShim.Sdk.Adoption;

/// <summary>The watch of a process whose exit an earlier engine has recorded.</summary>
internal sealed class KnownExit(ProcessExit exit) : IProcessWatch
{
    /// <inheritdoc/>
    public int Pid => exit.Pid;

    /// <inheritdoc/>
    public Task<ProcessExit> Exited { get; } = Task.FromResult(exit);

    /// <inheritdoc/>
    public void Signal(int signal) => throw ShimException.NotFound("process already finished");

    /// <inheritdoc/>
    public void Dispose()
    {
    }
}
