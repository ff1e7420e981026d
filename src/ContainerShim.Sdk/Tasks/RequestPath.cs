using ContainerShim.Sdk.Diagnostics;

namespace ContainerShim.Sdk.Tasks;

/// <summary>Checks paths that come with a request: what is relative would be so to a directory that the client does not know.</summary>
internal static class RequestPath
{
    /// <exception cref="ShimException">InvalidArgument: not absolute, or with <c>.</c>, <c>..</c> or a NUL in it.</exception>
    public static void Demand(string path, string what)
    {
        if (!path.StartsWith('/') || path.Contains('\0', StringComparison.Ordinal) || path.Split('/').Any(static part => part is "." or ".."))
        {
            throw ShimException.InvalidArgument($"{what} {Quoted.Text(path)} is not an absolute path without . and ..");
        }
    }
}
