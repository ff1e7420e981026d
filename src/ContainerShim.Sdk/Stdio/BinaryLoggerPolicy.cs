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
    internal static List<string> Check(StdioUri uri)
    {
        if (!uri.Path.StartsWith('/') || Path.GetFullPath(uri.Path) != uri.Path)
        {
            throw ShimException.InvalidArgument($"logging binary \"{uri.Path}\" is no clean absolute path");
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

        CheckFile(uri.Path);
        return arguments;
    }

    private static void CheckFile(string path)
    {
        FileStatus status;
        try
        {
            status = Libc.Stat(path);
        }
        catch (LinuxException)
        {
            // Starting it fails with the text that clients know.
            return;
        }

        if (!status.IsRegular || status.IsWritableByOthers || status.Uid != 0)
        {
            throw ShimException.PermissionDenied($"logging binary \"{path}\" must be a regular file that belongs to root and that only root may write to");
        }
    }
}
