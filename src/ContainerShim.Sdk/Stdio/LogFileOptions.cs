using System.Globalization;

namespace ContainerShim.Sdk.Stdio;

/// <summary>What the query of a <c>file://</c> URI asks for: <c>file:///var/log/x.log?format=cri&amp;max-size=10m&amp;max-files=3</c>.</summary>
/// <param name="Path">The file.</param>
/// <param name="Format">How output is written. Default: raw.</param>
/// <param name="MaxSize">At which size the file is rotated, in bytes; 0 for never, the default.</param>
/// <param name="MaxFiles">How many files there are at most, the one that is written included. Default: 5, as with the kubelet.</param>
internal sealed record LogFileOptions(string Path, LogFormat Format, long MaxSize, int MaxFiles)
{
    /// <summary>Four of the longest lines, so that rotation does not become all there is to do.</summary>
    private const long SmallestSize = 64 * 1024;

    private const int DefaultFiles = 5;
    private const int MostFiles = 1000;

    /// <exception cref="ShimException">InvalidArgument: a key that is not known, or a value that makes no sense.</exception>
    internal static LogFileOptions Parse(StdioUri uri)
    {
        if (!uri.Path.StartsWith('/') || uri.Path.Contains('\0', StringComparison.Ordinal) || System.IO.Path.GetFullPath(uri.Path) != uri.Path)
        {
            throw ShimException.InvalidArgument($"log file \"{uri.Path}\" is no clean absolute path");
        }

        Dictionary<string, string> values = new(StringComparer.Ordinal);
        foreach ((string name, string value) in uri.Query)
        {
            if (name is not ("format" or "max-size" or "max-files"))
            {
                throw ShimException.InvalidArgument($"log file option \"{name}\" is not known; there are format, max-size and max-files");
            }

            if (!values.TryAdd(name, value))
            {
                throw ShimException.InvalidArgument($"log file option {name} is given twice");
            }
        }

        long maxSize = values.TryGetValue("max-size", out string? size) ? ParseSize(size) : 0;
        if (maxSize == 0 && values.ContainsKey("max-files"))
        {
            throw ShimException.InvalidArgument("log file option max-files needs max-size");
        }

        return new LogFileOptions(
            uri.Path,
            ParseFormat(values.GetValueOrDefault("format", "raw")),
            maxSize,
            values.TryGetValue("max-files", out string? files) ? ParseFiles(files) : DefaultFiles);
    }

    private static LogFormat ParseFormat(string value) => value switch
    {
        "raw" => LogFormat.Raw,
        "cri" => LogFormat.Cri,
        "json" => LogFormat.Json,
        _ => throw ShimException.InvalidArgument($"log file option format is \"{value}\"; it may be raw, cri or json"),
    };

    private static long ParseSize(string value) => ByteSize.TryParse(value, out long size) && size >= SmallestSize
        ? size
        : throw ShimException.InvalidArgument($"log file option max-size is \"{value}\"; it may be a number of bytes from {SmallestSize}, such as 10m");

    private static int ParseFiles(string value) =>
        int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out int files) && files is >= 1 and <= MostFiles
            ? files
            : throw ShimException.InvalidArgument($"log file option max-files is \"{value}\"; it may be a number from 1 to {MostFiles}");
}
