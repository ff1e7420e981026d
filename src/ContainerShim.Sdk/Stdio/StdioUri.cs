namespace ContainerShim.Sdk.Stdio;

/// <summary>A stdio path or URI, taken apart.</summary>
/// <param name="Scheme">The scheme; <c>fifo</c> for a plain path.</param>
/// <param name="Path">The path, unescaped for a URI.</param>
/// <param name="Query">The pairs of the query in their order, unescaped; the value is empty where there is none.</param>
internal sealed record StdioUri(string Scheme, string Path, IReadOnlyList<(string Name, string Value)> Query)
{
    internal static StdioUri Parse(string text)
    {
        int colon = text.IndexOf(':', StringComparison.Ordinal);
        int slash = text.IndexOf('/', StringComparison.Ordinal);
        if (colon <= 0 || (slash >= 0 && slash < colon))
        {
            return new StdioUri("fifo", text, []);
        }

        string rest = text[(colon + 1)..];
        if (rest.StartsWith("//", StringComparison.Ordinal))
        {
            // The host, which is empty in all URIs of this kind, is not part of the path.
            int path = rest.IndexOf('/', 2);
            rest = path < 0 ? "" : rest[path..];
        }

        int question = rest.IndexOf('?', StringComparison.Ordinal);
        string query = question < 0 ? "" : rest[(question + 1)..];
        return new StdioUri(text[..colon], Uri.UnescapeDataString(question < 0 ? rest : rest[..question]), ParseQuery(query));
    }

    /// <summary>Whether it names a logging process.</summary>
    internal bool IsLogger => Scheme is "binary" or "binary-v2";

    /// <summary>Whether anything is done for a scheme.</summary>
    internal static bool IsKnown(string scheme) => scheme is "fifo" or "file" or "binary" or "binary-v2";

    private static List<(string Name, string Value)> ParseQuery(string query)
    {
        List<(string, string)> pairs = [];
        foreach (string pair in query.Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            int equals = pair.IndexOf('=', StringComparison.Ordinal);
            pairs.Add(equals < 0 ? (Unescape(pair), "") : (Unescape(pair[..equals]), Unescape(pair[(equals + 1)..])));
        }

        return pairs;
    }

    private static string Unescape(string text) => Uri.UnescapeDataString(text.Replace('+', ' '));
}
