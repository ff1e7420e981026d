using ContainerShim.Sdk.Diagnostics;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Runc;

/// <summary>Finds the binary that a <c>BinaryName</c> means, with the errors of Go's os/exec, which clients show and match.</summary>
internal sealed class RuntimeBinary(string searchPath, bool requireTrusted)
{
    private const string DefaultName = "runc";

    /// <summary>What the program is called in its own argument vector and in messages.</summary>
    internal static string NameOf(string binaryName) => binaryName.Length > 0 ? binaryName : DefaultName;

    /// <exception cref="ShimException">
    /// InvalidArgument: a relative path. Unknown: not found in PATH. PermissionDenied: not to be trusted.
    /// </exception>
    internal string Find(string binaryName)
    {
        string name = NameOf(binaryName);
        string path = name[0] == '/' ? name : Search(name);
        if (requireTrusted)
        {
            RequireTrusted(path);
        }

        return path;
    }

    private string Search(string name)
    {
        if (name.Contains('/', StringComparison.Ordinal))
        {
            throw ShimException.InvalidArgument($"runtime binary {Quoted.Text(name)} is neither a name nor an absolute path");
        }

        foreach (string directory in searchPath.Split(':'))
        {
            // A relative directory would mean one below the bundle.
            string path = Path.Join(directory, name);
            if (path[0] == '/' && IsExecutable(path))
            {
                return path;
            }
        }

        throw ShimException.Unknown($"exec: {Quoted.Text(name)}: executable file not found in $PATH");
    }

    private static bool IsExecutable(string path)
    {
        const UnixFileMode Execute = UnixFileMode.UserExecute | UnixFileMode.GroupExecute | UnixFileMode.OtherExecute;
        return File.Exists(path) && (File.GetUnixFileMode(path) & Execute) != 0;
    }

    private static void RequireTrusted(string path)
    {
        FileStatus status;
        try
        {
            status = Libc.Stat(path);
        }
        catch (LinuxException exception)
        {
            throw ShimException.Unknown($"fork/exec {path}: {LinuxException.Describe(exception.Errno)}", exception);
        }

        if (!status.IsRegular || !status.IsOwnedByRootOr(Libc.EffectiveUserId()) || status.IsWritableByOthers)
        {
            throw ShimException.PermissionDenied(
                $"runtime binary {path} is not a regular file that only root can change (mode {Convert.ToString(status.Mode & 0xFFF, 8)}, owner {status.Uid})");
        }
    }
}
