using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// The open file behind a path: replaced when it is full, and followed when somebody else, such as logrotate, moves or removes it. The
/// files are renamed, never copied, so that nothing is lost and nothing is there twice.
/// </summary>
internal sealed class LogRotation(StdioServices services, LogFileOptions options) : ILogTarget
{
    private const UnixFileMode DirectoryMode = (UnixFileMode)0b111_101_101;
    private const uint FileMode = 0b110_100_100;

    /// <summary>How often the path is looked at while there is something to write.</summary>
    private static readonly TimeSpan FollowPeriod = TimeSpan.FromSeconds(1);

    private SafeFd? _file;
    private FileStatus _identity;
    private long _lookedAt;

    internal string FilePath => options.Path;

    /// <inheritdoc/>
    public long MaxSize => _identity.IsRegular ? options.MaxSize : 0;

    /// <inheritdoc/>
    public long Size { get; private set; }

    /// <inheritdoc/>
    public FileStatus Open()
    {
        SafeFd file = OpenToAppend(options.Path, out FileStatus status);
        _file?.Dispose();
        _file = file;
        _identity = status;
        Size = status.IsRegular ? status.Size : 0;
        _lookedAt = services.Time.GetTimestamp();
        return status;
    }

    /// <summary>Opens or makes a log file, with the directories on the way to it. A symbolic link in its place is refused. It does not block.</summary>
    /// <exception cref="IOException">It cannot be opened or made.</exception>
    /// <exception cref="UnauthorizedAccessException">The same.</exception>
    /// <exception cref="ShimException">InvalidArgument: what is there is neither a file nor a device.</exception>
    internal static SafeFd OpenToAppend(string path, out FileStatus status)
    {
        if (Path.GetDirectoryName(path) is { Length: > 0 } directory)
        {
            Directory.CreateDirectory(directory, DirectoryMode);
        }

        ShimException otherwise = ShimException.InvalidArgument($"log file \"{path}\" is neither a file nor a device");
        SafeFd file;
        try
        {
            // Without waiting, so that a FIFO in its place, or a terminal that was stopped, holds nobody up.
            file = Libc.Open(
                path,
                OpenFlags.WriteOnly | OpenFlags.Create | OpenFlags.Append | OpenFlagsByArchitecture.NoFollow | OpenFlags.NonBlocking,
                FileMode);
        }
        catch (LinuxException exception) when (exception.Errno == Errno.ENXIO)
        {
            // A FIFO that nobody reads, or a socket.
            throw otherwise;
        }

        status = Libc.Stat(file);
        if (!status.IsRegular && !status.IsCharacterDevice)
        {
            file.Dispose();
            throw otherwise;
        }

        return file;
    }

    /// <inheritdoc/>
    public int Write(ReadOnlySpan<byte> bytes)
    {
        if (_file is null)
        {
            return -Errno.EBADF;
        }

        int count = Libc.Write(_file, bytes);
        Size += Math.Max(count, 0);
        return count;
    }

    /// <inheritdoc/>
    public bool TakeBack(int bytes)
    {
        try
        {
            if (!_identity.IsRegular || _file is null || Libc.TryTruncate(_file, Libc.Stat(_file).Size - bytes) != 0)
            {
                return false;
            }

            Size -= bytes;
            return true;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    /// <inheritdoc/>
    public int Follow()
    {
        if (_file is not null && services.Time.GetElapsedTime(_lookedAt) < FollowPeriod)
        {
            return 0;
        }

        _lookedAt = services.Time.GetTimestamp();
        if (_file is not null && Libc.TryStat(options.Path, out FileStatus status, followLink: false) && status.IsSameAs(_identity))
        {
            Size = status.IsRegular ? status.Size : 0;
            return 0;
        }

        int error = TryOpen();
        if (error == 0 || IsStillSomewhere())
        {
            // Whoever has moved the file still has what is written there, until the next look.
            return 0;
        }

        Close();
        return -error;
    }

    /// <summary>Moves every file on by one, and begins a new one.</summary>
    /// <inheritdoc/>
    public int Rotate()
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
        Size = 0;
        Close();
        return TryOpen();
    }

    /// <inheritdoc/>
    public void Dispose() => Close();

    private string NameOf(int number) => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{options.Path}.{number}");

    private bool IsStillSomewhere()
    {
        try
        {
            return _file is not null && Libc.Stat(_file).Links > 0;
        }
        catch (LinuxException)
        {
            return false;
        }
    }

    private void Close()
    {
        _file?.Dispose();
        _file = null;
    }

    private int TryOpen()
    {
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
