using System.Globalization;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Runc;

/// <summary>A temporary file with the description of a process to run, which holds its environment: nobody else may read it.</summary>
internal sealed class ProcessSpecFile : IDisposable
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private ProcessSpecFile(string path) => Path = path;

    internal string Path { get; }

    /// <exception cref="ShimException">ResourceExhausted: the disk is full, or no descriptor is left.</exception>
    internal static ProcessSpecFile Write(string directory, ReadOnlyMemory<byte> spec)
    {
        ProcessSpecFile? file = null;
        try
        {
            using SafeFileHandle handle = Create(directory, out file);
            File.SetUnixFileMode(handle, OwnerOnly);
            RandomAccess.Write(handle, spec.Span, 0);
            return file;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            file?.Dispose();
            throw Translate(exception, file?.Path ?? directory);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            File.Delete(Path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Somebody else has cleaned up the directory.
        }
    }

    private static SafeFileHandle Create(string directory, out ProcessSpecFile file)
    {
        const int Attempts = 100;
        for (int attempt = 1; ; attempt++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"runc-process{Random.Shared.NextInt64(1_000_000_000, 10_000_000_000)}");
            file = new ProcessSpecFile(System.IO.Path.Join(directory, name));
            try
            {
                // CreateNew does not follow a link that somebody has put there.
                return File.OpenHandle(file.Path, FileMode.CreateNew, FileAccess.Write, FileShare.None);
            }
            catch (IOException exception) when (exception.HResult == Errno.EEXIST && attempt < Attempts)
            {
            }
        }
    }

    private static ShimException Translate(Exception exception, string path) => LinuxException.CodeOf(exception.HResult) == ShimErrorCode.ResourceExhausted
        ? ShimException.ResourceExhausted($"write {path}: {LinuxException.Describe(exception.HResult)}", exception)
        : ShimException.Unknown($"failed to write the process of an exec: {exception.Message}", exception);
}
