namespace ContainerShim.Sdk.Processes;

/// <summary>One watched process. Safe for use from several threads.</summary>
/// <remarks>
/// Dispose of it once the exit is recorded. Where a helper is the parent (<c>ExitTracking.Reaper</c>) the process is a zombie until then, for an
/// engine that takes over; and while an exec is one, the init process of its pid namespace cannot end (pid_namespaces(7)).
/// </remarks>
public interface IProcessWatch : IDisposable
{
    /// <summary>The process, in the pid namespace of the shim.</summary>
    int Pid { get; }

    /// <summary>Ends when the process has ended and, where the monitor is its parent, has been reaped. Faults only with <see cref="ObjectDisposedException"/>, when the watch or its monitor was disposed of first.</summary>
    Task<ProcessExit> Exited { get; }

    /// <summary>Sends a signal to exactly this process: never to another that got its pid later.</summary>
    /// <param name="signal">A signal number of Linux; 0 only tests.</param>
    /// <exception cref="ShimException">NotFound: the process has ended. InvalidArgument: no such signal.</exception>
    void Signal(int signal);
}
