using System.Globalization;

namespace ContainerShim.Sdk.Mounts;

/// <summary>Reads <c>inside:outside:count[,…]</c>, as containerd's snapshotters write it, for user_namespaces(7).</summary>
internal static class IdMap
{
    /// <summary>The lines for <c>/proc/PID/uid_map</c>.</summary>
    /// <exception cref="MountException">Not a map.</exception>
    internal static string Format(string map)
    {
        List<string> lines = [];
        foreach (string range in map.Split(','))
        {
            string[] fields = range.Split(':');
            if (fields.Length != 3 || !Array.TrueForAll(fields, IsNumber))
            {
                throw new MountException($"invalid id mapping {map}: want container:host:size");
            }

            lines.Add(string.Join(' ', fields) + "\n");
        }

        return string.Concat(lines);
    }

    private static bool IsNumber(string text) => uint.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out _);
}
