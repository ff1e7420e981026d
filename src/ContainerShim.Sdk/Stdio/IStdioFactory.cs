namespace ContainerShim.Sdk.Stdio;

/// <summary>Connects the standard streams of processes to where the requests want them.</summary>
internal interface IStdioFactory
{
    /// <summary>What became of the output of all processes.</summary>
    StreamCounters Totals { get; }

    /// <summary>
    /// Opens everything that is needed before the process exists, and waits until a logging process says that it is ready. Waits for
    /// no reader or writer of a FIFO.
    /// </summary>
    /// <exception cref="ShimException">
    /// Unknown: a path cannot be opened, or <c>unknown STDIO scheme</c>. ResourceExhausted: no descriptor is left. PermissionDenied,
    /// InvalidArgument: a logging process that must not be run, a scheme that is not allowed, an option or annotation that cannot be followed.
    /// </exception>
    Task<IProcessStdio> OpenAsync(StdioRequest request, CancellationToken cancellationToken);
}
