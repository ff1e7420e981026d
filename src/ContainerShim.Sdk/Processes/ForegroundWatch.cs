namespace ContainerShim.Sdk.Processes;

/// <summary>A process and its parent of the runtime.</summary>
internal sealed class ForegroundWatch : IProcessWatch
{
    /// <summary>For the rest of the output, which goes through the runtime's process. A grandchild that holds it open must not hold up the exit.</summary>
    private static readonly TimeSpan OutputGrace = TimeSpan.FromSeconds(2);

    private readonly IProcessWatch? _process;
    private readonly IProcessWatch _runtime;
    private readonly TimeProvider _time;

    /// <param name="pid">The process.</param>
    /// <param name="process">Its watch; null when it was gone too soon for one.</param>
    /// <param name="runtime">The watch of its parent, which ends with the same status.</param>
    /// <param name="time">The clock.</param>
    internal ForegroundWatch(int pid, IProcessWatch? process, IProcessWatch runtime, TimeProvider time)
    {
        Pid = pid;
        _process = process;
        _runtime = runtime;
        _time = time;
        Exited = ExitAsync();
    }

    /// <inheritdoc/>
    public int Pid { get; }

    /// <inheritdoc/>
    public Task<ProcessExit> Exited { get; }

    /// <inheritdoc/>
    public void Signal(int signal) => (_process ?? throw ShimException.NotFound("process already finished")).Signal(signal);

    /// <inheritdoc/>
    public void Dispose()
    {
        _process?.Dispose();
        _runtime.Dispose();
    }

    private async Task<ProcessExit> ExitAsync()
    {
        if (_process is null)
        {
            return await _runtime.Exited.ConfigureAwait(false) with { Pid = Pid };
        }

        // Exact also when the runtime's process was killed: the kernel keeps it for the pidfd.
        ProcessExit exit = await _process.Exited.ConfigureAwait(false);
        try
        {
            await _runtime.Exited.WaitAsync(OutputGrace, _time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // Somebody holds the output; the process has ended all the same.
        }

        return exit;
    }
}
