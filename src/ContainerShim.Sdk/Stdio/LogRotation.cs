using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// The open file behind a path: replaced when it is full, and followed when somebody else, such as logrotate, moves or removes it. The
/// files are renamed, never copied, so that nothing is lost and nothing is there twice.
/// </summary>
internal sealed class LogRotation(StdioServices services, LogFileOptions options) : IDisposable
{
    private const UnixFileMode DirectoryMode = (UnixFileMode)0b111_101_101;
    private const uint FileMode = 0b110_100_100;

    /// <summary>How often the path is looked at while there is something to write.</summary>
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromSeconds(1);

    private SafeFd? _file;
    private FileStatus _identity;
    private long _size;
    private long _lookedAt;

    /// <summary>The open file; only after <see cref="Follow"/> or <see cref="Rotate"/> has returned 0.</summary>
    internal SafeFd File => _file!;

    /// <summary>Opens the file. A symbolic link in its place is refused.</summary>
    internal void Open()
    {
        // Without waiting, so that a FIFO in its place holds nobody up.
        SafeFd file = OpenToAppend(options.Path, OpenFlags.NonBlocking);
        FileStatus status = Libc.Stat(file);
        if (!status.IsRegular && !status.IsCharacterDevice)
        {
            file.Dispose();
            throw ShimException.InvalidArgument($"log file \"{options.Path}\" is neither a file nor a device");
        }

        _file?.Dispose();
        _file = file;
        _identity = status;
        _size = status.IsRegular ? status.Size : 0;
        _lookedAt = services.Time.GetTimestamp();
    }

    /// <summary>Opens or makes a log file, with the directories on the way to it. A symbolic link in its place is refused.</summary>
    internal static SafeFd OpenToAppend(string path, OpenFlags more = 0)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory)
        {
            Directory.CreateDirectory(directory, DirectoryMode);
        }

        return Libc.Open(path, OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append | OpenFlagsByArchitecture.NoFollow | more, FileMode);
    }

    /// <summary>Whether the file would grow past its limit.</summary>
    /// <param name="waiting">What is still to be written before.</param>
    /// <param name="more">What is to be written then.</param>
    /// <param name="startsLine">Whether it begins a line; another is cut only where the limit would be passed twice.</param>
    internal bool IsFull(int waiting, int more, bool startsLine) =>
        options.MaxSize > 0 && _identity.IsRegular && _size + waiting > 0
        && _size + waiting + more > (startsLine ? options.MaxSize : 2 * options.MaxSize);

    internal void Grow(int bytes) => _size += bytes;

    /// <summary>Takes the last bytes out of the file again.</summary>
    internal bool TakeBack(int bytes)
    {
        try
        {
            return _identity.IsRegular && Libc.TryTruncate(File, Libc.Stat(File).Size - bytes) == 0;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <summary>Opens the path again when another file, or none, is there now. Returns 0, or the error number negated.</summary>
    internal int Follow()
    {
        if (_file is not null && services.Time.GetElapsedTime(_lookedAt) < FollowPeriod)
        {
            return 0;
        }

        _lookedAt = services.Time.GetTimestamp();
        if (_file is not null && Libc.TryStat(options.Path, out FileStatus status, followLink: false) && status.IsSameAs(_identity))
        {
            _size = status.IsRegular ? status.Size : 0;
            return 0;
        }

        return -Reopen();
    }

    /// <summary>Moves every file on by one, and begins a new one. Returns 0, or the error number.</summary>
    internal int Rotate()
    {
        int last = options.MaxFiles - 1;
        for (int number = last - 1; number > 0; number--)
        {
            _ = Libc.TryRename(NameOf(number), NameOf(number + 1));
        }

        int error = last == 0 ? Libc.TryUnlink(options.Path) : Libc.TryRename(options.Path, NameOf(1));
        if (error is not (0 or Errno.ENOENT))
        {
            return error;
        }

        // From here on another attempt is one to open, or every file would be moved on once more.
        _size = 0;
        return Reopen();
    }

    /// <inheritdoc/>
    public void Dispose() => _file?.Dispose();

    private string NameOf(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{options.Path}.{number}");

    private int Reopen()
    {
        _file?.Dispose();
        _file = null;
        try
        {
            Open();
            return 0;
        }
        catch (LinuxException exception)
        {
            return exception.Errno;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ShimException)
        {
            return Errno.EIO;
        }
    }
}
