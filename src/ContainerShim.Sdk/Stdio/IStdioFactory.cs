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

    /// <summary>
    /// Goes on with the streams of a process that an earlier engine has made, as far as they were kept; they are attached already. What was
    /// not kept is gone, and so are bytes that engine had taken and not yet delivered. Output that cannot go where it went is read and thrown
    /// away, and input that cannot be opened comes no more, without an end.
    /// </summary>
    /// <exception cref="ShimException">ResourceExhausted: no descriptor or memory is left. What was kept is still kept.</exception>
    Task<IProcessStdio> ReopenAsync(StdioRequest request, CancellationToken cancellationToken);
}
