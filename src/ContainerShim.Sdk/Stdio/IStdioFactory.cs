namespace ContainerShim.Sdk.Stdio;

/// <summary>Connects the standard streams of processes to where the requests want them.</summary>
internal interface IStdioFactory
{
    /// <summary>
    /// Opens everything that is needed before the process exists, and waits until a logging process says that it is ready. Waits for
    /// no reader or writer of a FIFO.
    /// </summary>
    /// <exception cref="ShimException">
    /// Unknown: a path cannot be opened, or <c>unknown STDIO scheme</c>. ResourceExhausted: no descriptor is left. PermissionDenied,
    /// InvalidArgument: a logging process that must not be run.
    /// </exception>
    Task<IProcessStdio> OpenAsync(StdioRequest request, CancellationToken cancellationToken);
}
