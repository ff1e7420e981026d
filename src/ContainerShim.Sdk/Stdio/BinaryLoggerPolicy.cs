using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;

namespace ContainerShim.Sdk.Stdio;

/// <summary>
/// What a <c>binary://</c> URI may run. Such a URI can come from a container's label, so without rules whoever writes an image would run
/// commands on the host (GHSA-xhf5-7wjv-pqxp).
/// </summary>
internal static class BinaryLoggerPolicy
{
    private const int MostArguments = 64;
    private const int LongestArgument = 4096;

    /// <summary>The arguments: each name of the query, followed by its value where there is one.</summary>
    /// <exception cref="ShimException">InvalidArgument or PermissionDenied: it must not be run.</exception>
    internal static List<string> Check(StdioUri uri, IList<string> directories)
    {
        if (!uri.Path.StartsWith('/') || Path.GetFullPath(uri.Path) != uri.Path)
        {
            throw ShimException.InvalidArgument($"logging binary \"{uri.Path}\" is no clean absolute path");
        }

        if (directories.Count > 0 && !directories.Any(directory => uri.Path.StartsWith(directory.TrimEnd('/') + '/', StringComparison.Ordinal)))
        {
            throw ShimException.PermissionDenied($"logging binary \"{uri.Path}\" is not in a directory that logging binaries may be run from");
        }

        List<string> arguments = [uri.Path];
        foreach ((string name, string value) in uri.Query)
        {
            arguments.Add(name);
            if (value.Length > 0)
            {
                arguments.Add(value);
            }
        }

        if (arguments.Count - 1 > MostArguments || arguments.Exists(static text => text.Length > LongestArgument || text.AsSpan().ContainsAny('\0', '\n')))
        {
            throw ShimException.InvalidArgument($"at most {MostArguments} arguments of at most {LongestArgument} bytes without line ends may be given to a logging binary");
        }

        CheckOwners(uri.Path, FileOwners.OfThisProcess());
        return arguments;
    }

    /// <summary>
    /// In a user namespace (rootlesskit) the kernel shows all that belongs to host users without a number there, root among them, as its
    /// overflow user's, so / and /usr are too. They are trusted there: whom such a file belongs to cannot be found out, nobody in the
    /// namespace can change it, and what is run has no more rights than the user who made the namespace.
    /// </summary>
    internal static void CheckOwners(string path, FileOwners owners)
    {
        if (!Libc.TryStat(path, out FileStatus status))
        {
            // Starting it fails with the text that clients know.
            return;
        }

        if (!status.IsRegular || status.IsWritableByOthers || !owners.Include(status))
        {
            throw ShimException.PermissionDenied($"logging binary \"{path}\" must be a regular file that belongs to root and that only root may write to");
        }

        for (string? directory = Path.GetDirectoryName(path); directory is not null; directory = Path.GetDirectoryName(directory))
        {
            if (Libc.TryStat(directory, out status) && (MayBeReplacedIn(status) || !owners.Include(status)))
            {
                throw ShimException.PermissionDenied(
                    $"directory \"{directory}\" of logging binary \"{path}\" must belong to root, and only root may write to it (chmod go-w)");
            }
        }
    }

    /// <summary>
    /// Who may write to a directory may put another file in the place of one that is there, but not where it is sticky, as /tmp is. The group
    /// root is root. Other groups are not, not even Debian's staff, which may write below /usr/local on
    /// older installations: a label of an image must not be what turns its members into root.
    /// </summary>
    private static bool MayBeReplacedIn(FileStatus directory) =>
        !directory.IsSticky && (directory.IsWritableByAll || (directory.IsWritableByOthers && directory.Gid != 0));
}
