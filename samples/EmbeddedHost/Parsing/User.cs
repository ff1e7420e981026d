using System.Globalization;
using ContainerShim.Sdk.Bundles;

namespace EmbeddedHost.Parsing;

/// <summary>Users by number: <c>UID[:GID]</c>. Names would have to be looked up in files of the container, which are not to be trusted.</summary>
internal static class User
{
    /// <exception cref="ToolException">It is none.</exception>
    public static ContainerUser Parse(string text)
    {
        string[] parts = text.Split(':');
        uint gid = 0;
        return parts.Length <= 2
            && uint.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out uint uid)
            && (parts.Length == 1 || uint.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out gid))
            ? new ContainerUser(uid, parts.Length == 1 ? uid : gid)
            : throw new ToolException($"'{text}' is no user; write UID or UID:GID in numbers");
    }
}
