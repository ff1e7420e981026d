using System.Text;

namespace ContainerShim.Sdk.Bootstrap;

/// <summary>Where a shim listens. containerd's own tests compute the same path, so it is part of the contract.</summary>
internal static class SocketAddress
{
    public const string DefaultDirectory = "/run/containerd/s";

    private const string Scheme = "unix://";

    /// <summary>One more would not fit into sockaddr_un with its final zero; containerd's limit is the same.</summary>
    private const int MaxPathLength = 106;

    /// <summary>The socket's path: the SHA-256 of containerd's address, the namespace and the group.</summary>
    /// <exception cref="ShimException">InvalidArgument: the path is too long for a socket.</exception>
    public static string PathFor(string containerdAddress, string containerdNamespace, string group, string? directory)
    {
        byte[] hash = Sha256.Hash(Encoding.UTF8.GetBytes(Join(containerdAddress, containerdNamespace, group)));
        string path = Path.Combine(string.IsNullOrEmpty(directory) ? DefaultDirectory : directory, Convert.ToHexStringLower(hash));
        return Encoding.UTF8.GetByteCount(path) <= MaxPathLength
            ? path
            : throw ShimException.InvalidArgument($"socket path {path} is longer than {MaxPathLength} bytes");
    }

    public static string ToUri(string path) => Scheme + path;

    /// <summary>The path of an address; abstract sockets are not served (CVE-2020-15257).</summary>
    public static string? ToPath(string address) =>
        address.StartsWith(Scheme, StringComparison.Ordinal) ? address[Scheme.Length..]
        : address.StartsWith('/') ? address
        : null;

    /// <summary>Joins as Go's path.Join does: empty elements are dropped, slashes folded, dots resolved.</summary>
    private static string Join(params ReadOnlySpan<string> elements)
    {
        List<string> parts = [];
        bool rooted = false;
        bool first = true;
        foreach (string element in elements)
        {
            if (element.Length == 0)
            {
                continue;
            }

            rooted |= first && element[0] == '/';
            first = false;
            foreach (string part in element.Split('/'))
            {
                Append(parts, part, rooted);
            }
        }

        string path = (rooted ? "/" : "") + string.Join('/', parts);
        return path.Length == 0 && !first ? "." : path;
    }

    private static void Append(List<string> parts, string part, bool rooted)
    {
        if (part is "" or ".")
        {
            return;
        }

        if (part != ".." || (parts.Count == 0 && !rooted) || (parts.Count > 0 && parts[^1] == ".."))
        {
            parts.Add(part);
        }
        else if (parts.Count > 0)
        {
            parts.RemoveAt(parts.Count - 1);
        }
    }
}
