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

    /// <exception cref="LinuxException">The file cannot be opened.</exception>
    /// <exception cref="ShimException">InvalidArgument: more is asked for than the file itself can do.</exception>
    internal static DirectFileStdio Open(StdioUri uri, StdioRequest request)
    {
        if (uri.Query.Count > 1 || request.Paths.Stdin.Length > 0)
        {
            throw ShimException.InvalidArgument($"a log file that the process writes itself takes no other options and no stdin ({request.Paths.Stdout})");
        }

        using SafeFd log = LogRotation.OpenToAppend(uri.Path);
        SafeFileHandle file = log.IntoFileHandle();
        try
        {
            if ((request.Uid, request.Gid) is not (0, 0))
            {
                // As for pipes: /dev/stdout can be opened only by whom it belongs to.
                Libc.ChangeOwner(file, request.Uid, request.Gid);
            }

            return new DirectFileStdio(file, request.Paths);
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
