using System.Globalization;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using Microsoft.Win32.SafeHandles;

namespace ContainerShim.Sdk.Bundles;

/// <summary>Small files that a reader sees whole or not at all, readable for nobody but their owner.</summary>
internal static class BundleFiles
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <exception cref="IOException">With the error number as its HResult.</exception>
    /// <exception cref="UnauthorizedAccessException">The file system is read-only, or not ours.</exception>
    internal static void Write(string path, ReadOnlySpan<byte> content)
    {
        // Exclusive, so that no link is followed; one left by a writer that was killed has another name.
        string draft = string.Create(CultureInfo.InvariantCulture, $"{path}.{Random.Shared.NextInt64():x}");
        try
        {
            using (SafeFileHandle file = File.OpenHandle(draft, FileMode.CreateNew, FileAccess.Write, FileShare.None))
            {
                // Whatever umask has left of it.
                File.SetUnixFileMode(file, OwnerOnly);
                RandomAccess.Write(file, content, 0);
            }

            File.Move(draft, path, overwrite: true);
        }
        catch
        {
            Remove(draft);
            throw;
        }
    }

    /// <summary>The content, or null where there is no such file or it cannot be read.</summary>
    internal static byte[]? TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>Removes a file if it is there and can be removed.</summary>
    internal static void Remove(string path)
    {
        try
        {
            File.Delete(path);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
        }
    }

    /// <summary>Why nothing can be written to a directory: it is full or read-only. Null where something can.</summary>
    internal static ShimException? FindObstacle(string directory)
    {
        string probe = Path.Join(directory, "probe");
        try
        {
            // Not less than what file systems give out at once.
            Write(probe, new byte[4096]);
            Remove(probe);
            return null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            ShimException obstacle = Translate(exception, "write", directory);
            return obstacle.Code is ShimErrorCode.ResourceExhausted or ShimErrorCode.FailedPrecondition ? obstacle : null;
        }
    }

    /// <summary>A failure in the words of containerd's shim, which names the path: <c>open PATH: no such file or directory</c>.</summary>
    internal static ShimException Translate(Exception exception, string operation, string path)
    {
        int errno = exception switch
        {
            FileNotFoundException or DirectoryNotFoundException => Errno.ENOENT,
            UnauthorizedAccessException => Errno.EACCES,
            _ => exception.HResult,
        };
        return errno switch
        {
            Errno.ENOENT => new ShimException(ShimErrorCode.NotFound, $"{operation} {path}: {LinuxException.Describe(errno)}", exception),
            Errno.EACCES => new ShimException(ShimErrorCode.PermissionDenied, $"{operation} {path}: {LinuxException.Describe(errno)}", exception),
            Errno.EROFS => new ShimException(ShimErrorCode.FailedPrecondition, $"{operation} {path}: {LinuxException.Describe(errno)}", exception),
            _ when LinuxException.CodeOf(errno) == ShimErrorCode.ResourceExhausted =>
                ShimException.ResourceExhausted($"{operation} {path}: {LinuxException.Describe(errno)}", exception),
            _ => ShimException.Unknown($"{operation} {path}: {exception.Message}", exception),
        };
    }
}
