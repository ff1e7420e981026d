namespace ContainerShim.Sdk.Mounts;

/// <summary>
/// The lower directories of an overlay. mount(2) takes one page of data, which fewer than a hundred layers fill: names relative to
/// their common directory make room.
/// </summary>
internal static class OverlayLayers
{
    private const string Option = "lowerdir=";
    private const int Reserve = 512;

    /// <summary>Shortens the options if they are about to fill a page; the directory is where they are to be resolved, or null.</summary>
    internal static (string? Directory, IReadOnlyList<string> Options) Compact(IReadOnlyList<string> options)
    {
        if (options.Sum(static option => option.Length) < Environment.SystemPageSize - Reserve)
        {
            return (null, options);
        }

        string[] layers = Find(options);
        string? directory = layers.Length > 1 ? CommonDirectory(layers) : null;
        return directory is null || layers.Any(layer => layer.Length <= directory.Length + 1)
            ? (null, options)
            : (directory, Replace(options, layers.Select(layer => layer[(directory.Length + 1)..])));
    }

    /// <summary>The lower directories, from the topmost down; empty when no option names any.</summary>
    internal static string[] Find(IReadOnlyList<string> options) =>
        options.FirstOrDefault(static option => option.StartsWith(Option, StringComparison.Ordinal))?[Option.Length..].Split(':') ?? [];

    /// <summary>The options with other lower directories.</summary>
    internal static IReadOnlyList<string> Replace(IReadOnlyList<string> options, IEnumerable<string> layers)
    {
        int index = options.ToList().FindIndex(static option => option.StartsWith(Option, StringComparison.Ordinal));
        return [.. options.Where((_, position) => position != index), Option + string.Join(':', layers)];
    }

    /// <summary>The deepest directory that has all the paths below it; null when that is the root, or there is none.</summary>
    internal static string? CommonDirectory(IReadOnlyList<string> paths)
    {
        string common = paths.Aggregate(static (a, b) => a[..a.AsSpan().CommonPrefixLength(b)]);
        int end = common.LastIndexOf('/');
        return end > 0 ? common[..end] : null;
    }
}
