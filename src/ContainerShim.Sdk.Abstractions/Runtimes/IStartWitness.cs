namespace ContainerShim.Sdk.Runtimes;

/// <summary>
/// An ability that an <see cref="IOciRuntime"/> may have besides: to tell, while its start call is still under way, whether the process has
/// been let go. A process that ends before the call returns, as its poststart hooks take their time, is reported as started then.
/// </summary>
public interface IStartWitness
{
    /// <summary>
    /// Whether a created container waits for its start (runc: <c>exec.fifo</c> is there). It is asked before the start call and, if the
    /// process has ended, during it: from true to false means that it ran. A runtime that cannot say answers false. Does not block.
    /// </summary>
    /// <param name="container">The container.</param>
    bool AwaitsStart(RuntimeContainer container);
}
