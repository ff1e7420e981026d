using System.Globalization;
using System.Text;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Bundles;

/// <summary>The files of a bundle, named as containerd's shim names them.</summary>
internal sealed class BundleStore : IBundleStore
{
    /// <inheritdoc/>
    public string IdentityOf(string bundle) => Libc.TryStat(bundle, out FileStatus status)
        ? string.Create(CultureInfo.InvariantCulture, $"{status.DeviceMajor}:{status.DeviceMinor}:{status.Inode}")
        : "";

    /// <inheritdoc/>
    public void RequireTrusted(string bundle)
    {
        FileStatus status;
        try
        {
            status = Libc.Stat(bundle.TrimEnd('/'), followLink: false);
        }
        catch (LinuxException exception)
        {
            // The text of containerd's shim, which looks for this file first.
            throw new ShimException(
                LinuxException.CodeOf(exception.Errno), $"open {OptionsPath(bundle)}: {LinuxException.Describe(exception.Errno)}", exception);
        }

        string? flaw = !status.IsDirectory ? "not a directory"
            : !status.IsOwnedByRootOr(Libc.EffectiveUserId()) ? string.Create(CultureInfo.InvariantCulture, $"owned by user {status.Uid}")
            : status.IsWritableByOthers ? $"writable for others, mode {Convert.ToString(status.Mode & 0xFFF, 8)}"
            : null;
        if (flaw is not null)
        {
            throw ShimException.FailedPrecondition($"bundle {bundle} is {flaw}");
        }
    }

    /// <inheritdoc/>
    public BundleSpec ReadSpec(string bundle)
    {
        string path = Path.Join(bundle, "config.json");
        try
        {
            return SpecReader.Read(File.ReadAllBytes(path));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw BundleFiles.Translate(exception, "open", path);
        }
    }

    /// <inheritdoc/>
    public string MakeRootfs(string bundle)
    {
        string path = Path.Join(bundle, "rootfs");
        FileAttributes attributes = new DirectoryInfo(path).Attributes;
        bool exists = attributes != (FileAttributes)(-1);
        if (exists && (!attributes.HasFlag(FileAttributes.Directory) || attributes.HasFlag(FileAttributes.ReparsePoint)))
        {
            // A link would have the mounts made somewhere else.
            throw ShimException.FailedPrecondition($"{path} is not a directory");
        }

        if (!exists)
        {
            try
            {
                Directory.CreateDirectory(path, DirectoryModes.Passable);
                File.SetUnixFileMode(path, DirectoryModes.Passable);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                throw BundleFiles.Translate(exception, "mkdir", path);
            }
        }

        return path;
    }

    /// <inheritdoc/>
    public void WriteOptions(string bundle, RuntimeOptions options)
    {
        Write(bundle, OptionsPath(bundle), OptionsFile.Format(options));
        Write(bundle, RuntimePath(bundle), Encoding.UTF8.GetBytes(options.BinaryName));
    }

    /// <inheritdoc/>
    public bool HasOptions(string bundle) => TryReadOptions(bundle) is not null;

    /// <inheritdoc/>
    public RuntimeOptions ReadOptions(string bundle)
    {
        if (TryReadOptions(bundle) is { } options)
        {
            return options;
        }

        string name = BundleFiles.TryRead(RuntimePath(bundle)) is { } runtime ? Encoding.UTF8.GetString(runtime).Trim() : "";
        return new RuntimeOptions { BinaryName = name };
    }

    /// <inheritdoc/>
    public int ReadInitPid(string bundle) => ReadPid(Path.Join(bundle, "init.pid"));

    /// <inheritdoc/>
    public int ReadExecPid(string bundle, string execId)
    {
        Identifiers.Validate(execId);
        return ReadPid(ExecFiles.PidPath(bundle, execId));
    }

    /// <inheritdoc/>
    public void RecordExit(string bundle, ProcessExit exit)
    {
        try
        {
            BundleFiles.Write(ExitPath(bundle), ExitFile.Format(exit));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // A full disk, or a bundle that is gone: the exit is published all the same.
        }
    }

    /// <inheritdoc/>
    public ProcessExit? ReadExit(string bundle) => BundleFiles.TryRead(ExitPath(bundle)) is { } content ? ExitFile.TryParse(content) : null;

    /// <inheritdoc/>
    public void RemoveExecFiles(string bundle, string execId)
    {
        Identifiers.Validate(execId);
        BundleFiles.Remove(ExecFiles.PidPath(bundle, execId));
        BundleFiles.Remove(ExecFiles.LogPath(bundle, execId));
    }

    private static RuntimeOptions? TryReadOptions(string bundle) =>
        BundleFiles.TryRead(OptionsPath(bundle)) is { } content ? OptionsFile.TryParse(content) : null;

    private static string OptionsPath(string bundle) => Path.Join(bundle, "options.json");

    private static string RuntimePath(string bundle) => Path.Join(bundle, "runtime");

    private static string ExitPath(string bundle) => Path.Join(bundle, "exit.json");

    private static int ReadPid(string path) =>
        int.TryParse((BundleFiles.TryRead(path) ?? []).AsSpan().Trim(" \n"u8), NumberStyles.None, CultureInfo.InvariantCulture, out int pid) ? pid : 0;

    private static void Write(string bundle, string path, byte[] content)
    {
        try
        {
            BundleFiles.Write(path, content);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw BundleFiles.Translate(exception, Directory.Exists(bundle) ? "write" : "open", path);
        }
    }
}
