using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Linux;

/// <summary>A directory that belongs to one engine at a time, and that nobody else can change. Free again when it is disposed, or the process ends.</summary>
internal sealed class StateDirectory : IDisposable
{
    internal const string LockName = "engine.lock";
    private const int LongestPid = 10;

    private readonly SafeFd _lock;

    private StateDirectory(string path, SafeFd @lock)
    {
        Path = path;
        _lock = @lock;
    }

    /// <summary>Its absolute path.</summary>
    public string Path { get; }

    /// <summary>Makes the directory where it is missing, and takes it.</summary>
    /// <exception cref="ShimException">
    /// FailedPrecondition: another engine has it, or others can write to it. PermissionDenied, ResourceExhausted, Unknown: it cannot be made.
    /// </exception>
    public static StateDirectory Take(string directory)
    {
        string path = System.IO.Path.GetFullPath(directory);
        try
        {
            Directory.CreateDirectory(path, DirectoryModes.Passable);
            RequireTrusted(path);
            string lockPath = System.IO.Path.Join(path, LockName);
            SafeFd file = TakeLock(lockPath) ?? throw ShimException.FailedPrecondition(
                $"state directory {path} is in use by an engine of process {Holder(lockPath)}; give each engine a StateDirectory of its own",
                ShimErrorReason.StateDirectoryInUse);

            // For the message above only; what counts is the lock. Padded, since an earlier pid may have been longer.
            _ = Libc.Write(file, Encoding.ASCII.GetBytes(Environment.ProcessId.ToString(CultureInfo.InvariantCulture).PadRight(LongestPid)));
            return new StateDirectory(path, file);
        }
        catch (LinuxException exception)
        {
            throw exception.ToShimException();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw Bundles.BundleFiles.Translate(exception, "mkdir", path);
        }
    }

    /// <summary>Leaves nothing behind; to be followed by the disposal.</summary>
    public void RemoveLock() => Bundles.BundleFiles.Remove(System.IO.Path.Join(Path, LockName));

    /// <inheritdoc/>
    public void Dispose() => _lock.Dispose();

    /// <summary>Null when another engine has it.</summary>
    private static SafeFd? TakeLock(string lockPath)
    {
        while (true)
        {
            SafeFd file = Libc.Open(lockPath, OpenFlags.ReadWrite | OpenFlags.Create | OpenFlagsByArchitecture.NoFollow, 0b110_000_000);
            if (!Libc.TryLockExclusively(file))
            {
                file.Dispose();
                return null;
            }

            if (IsStillThere(lockPath, file))
            {
                return file;
            }

            // It was another engine's last moment, which has removed the file: take the next.
            file.Dispose();
        }
    }

    private static bool IsStillThere(string lockPath, SafeFd file)
    {
        try
        {
            return Libc.Stat(lockPath, followLink: false).IsSameAs(Libc.Stat($"/proc/self/fd/{file.Number}"));
        }
        catch (LinuxException exception) when (exception.Errno == Errno.ENOENT)
        {
            return false;
        }
    }

    private static void RequireTrusted(string path)
    {
        FileStatus status = Libc.Stat(path);
        if (!status.IsOwnedByRootOr(Libc.EffectiveUserId()) || status.IsWritableByOthers)
        {
            throw ShimException.FailedPrecondition($"state directory {path} can be changed by others; it must belong to this user, with mode 0711 or stricter");
        }
    }

    /// <summary>Read without the framework, which takes a lock of its own on files that it reads.</summary>
    private static string Holder(string path)
    {
        try
        {
            using SafeFd file = Libc.Open(path, OpenFlags.ReadOnly);
            byte[] text = new byte[LongestPid];
            return Libc.Read(file, text) > 0 ? Encoding.ASCII.GetString(text).Trim() : "unknown";
        }
        catch (LinuxException)
        {
            return "unknown";
        }
    }
}
