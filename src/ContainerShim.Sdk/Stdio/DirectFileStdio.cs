using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// The process itself holds the log file, opened to append, as its output and error output: <c>file:///PATH?direct=true</c>. Nothing is
/// relayed, so that it can write whether or not this process lives. It reads /dev/null.
/// </summary>
/// <remarks>
/// To be asked for, since the file is in the process's hands then: a redirection to <c>/dev/stderr</c> opens it anew and empties it
/// (proc_pid_fd(5)), where a pipe would take it for another write.
/// </remarks>
internal sealed class DirectFileStdio : IProcessStdio
{
    private readonly SafeFileHandle _file;

    private DirectFileStdio(SafeFileHandle file, StdioPaths paths)
    {
        _file = file;
        ChildEnds = new RuntimeStdio { Stdout = file, Stderr = paths.Stderr.Length == 0 ? null : file };
    }

    /// <inheritdoc/>
    public RuntimeStdio ChildEnds { get; }

    /// <inheritdoc/>
    public IReadOnlyList<StreamCounters> Counters => [];

    internal static bool IsAskedFor(StdioUri uri) => uri.Scheme == "file" && uri.Query.Contains(("direct", "true"));

    /// <summary>Opens the file, which is waited for, not done, by the caller: the disk may not answer.</summary>
    /// <exception cref="LinuxException">The file cannot be opened.</exception>
    /// <exception cref="ShimException">InvalidArgument: more is asked for than the file itself can do, or it is neither a file nor a device.</exception>
    internal static async Task<DirectFileStdio> OpenAsync(StdioServices services, StdioUri uri, StdioRequest request, CancellationToken cancellationToken)
    {
        if (uri.Query.Count > 1 || request.Paths.Stdin.Length > 0)
        {
            throw ShimException.InvalidArgument($"a log file that the process writes itself takes no other options and no stdin ({request.Paths.Stdout})");
        }

        Task<SafeFileHandle> opening = services.Lanes.OpenAsync(() => OpenFile(uri.Path, request));
        try
        {
            return new DirectFileStdio(await opening.WaitAsync(cancellationToken).ConfigureAwait(false), request.Paths);
        }
        catch (OperationCanceledException)
        {
            _ = CloseAsync(opening);
            throw;
        }
    }

    /// <summary>Closes the file when it is open, which may be long after everybody has gone.</summary>
    private static async Task CloseAsync(Task<SafeFileHandle> opening)
    {
        try
        {
            (await opening.ConfigureAwait(false)).Dispose();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ShimException)
        {
            // It could not be opened, and nobody waits for it.
        }
    }

    private static SafeFileHandle OpenFile(string path, StdioRequest request)
    {
        using SafeFd log = LogRotation.OpenToAppend(path, out _);
        SafeFileHandle file = log.IntoFileHandle();
        try
        {
            Libc.SetNonBlocking(file, false);
            if ((request.Uid, request.Gid) is not (0, 0))
            {
                // As for pipes: /dev/stdout can be opened only by whom it belongs to.
                Libc.ChangeOwner(file, request.Uid, request.Gid);
            }

            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public Task AttachAsync(CancellationToken cancellationToken)
    {
        _file.Dispose();
        return Task.CompletedTask;
    }

    /// <inheritdoc/>
    public void CloseStdin()
    {
    }

    /// <inheritdoc/>
    public void Resize(int width, int height)
    {
    }

    /// <inheritdoc/>
    public void NoteExit()
    {
    }

    /// <inheritdoc/>
    public Task DrainAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _file.Dispose();
        return ValueTask.CompletedTask;
    }
}
