using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// Opens the paths that requests name, without ever waiting for another side: a FIFO is opened for reading first, which never blocks with
/// O_NONBLOCK, and then for writing, which has a reader by then (fifo(7)). A symbolic link in the place of
/// the FIFO is refused: a log that others read must not lead to where they like.
/// </summary>
internal static class FifoOpener
{
    /// <summary>Opens a FIFO or a file for output.</summary>
    internal static async Task<IOutputSink> OpenOutputAsync(StdioServices services, string path, SlowReader slowReader, CancellationToken cancellationToken)
    {
        try
        {
            SafeFd reader = Libc.Open(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlagsByArchitecture.NoFollow);
            if (Libc.IsPipe(reader))
            {
                return new FifoSink(services, reader, Reopen(reader, OpenFlags.WriteOnly | OpenFlags.NonBlocking), slowReader);
            }

            using (reader)
            {
                OpenedFile target = new(Libc.Open(PathOf(reader), OpenFlags.WriteOnly | OpenFlags.Append | OpenFlags.NonBlocking));
                LogFile file = new(services, target, path, LogFormat.Raw);
                try
                {
                    await file.Opened.WaitAsync(cancellationToken).ConfigureAwait(false);
                    return new LogFileSink(services, file, static file => _ = file.CloseAsync());
                }
                catch
                {
                    _ = file.CloseAsync();
                    throw;
                }
            }
        }
        catch (LinuxException exception)
        {
            throw Failure($"opening file \"{path}\" failed", exception);
        }
    }

    /// <summary>Opens a FIFO or a file for input; there is no writer for a file.</summary>
    internal static FifoInput OpenInput(string path)
    {
        try
        {
            SafeFd reader = Libc.Open(path, OpenFlags.ReadOnly | OpenFlags.NonBlocking | OpenFlagsByArchitecture.NoFollow);
            return new FifoInput(reader, Libc.IsPipe(reader) ? Reopen(reader, OpenFlags.WriteOnly | OpenFlags.NonBlocking) : null);
        }
        catch (LinuxException exception)
        {
            throw Failure($"opening {path} failed", exception);
        }
    }

    /// <summary>The same file for certain, whatever the path that it was opened by leads to by now.</summary>
    internal static string PathOf(SafeFd descriptor) => $"/proc/self/fd/{descriptor.Number}";

    /// <summary>In the words of containerd's shim.</summary>
    private static ShimException Failure(string what, LinuxException exception) => new(
        exception.IsExhaustion ? ShimErrorCode.ResourceExhausted : ShimErrorCode.Unknown,
        $"failed to start io pipe copy: unable to copy pipes: containerd-shim: {what}: {exception.Message}",
        exception);

    private static SafeFd Reopen(SafeFd reader, OpenFlags flags)
    {
        try
        {
            return Libc.Open(PathOf(reader), flags);
        }
        catch
        {
            reader.Dispose();
            throw;
        }
    }
}
