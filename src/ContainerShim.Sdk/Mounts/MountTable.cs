using System.Text;

namespace ContainerShim.Sdk.Mounts;

/// <summary>Reads which mounts there are; see proc(5), /proc/pid/mountinfo.</summary>
internal static class MountTable
{
    private const int MountPointField = 4;

    /// <summary>Mount points at and below a path, deepest first; one that has several mounts is named once.</summary>
    internal static IReadOnlyList<string> Below(string path) => Below(path, File.ReadLines("/proc/self/mountinfo"));

    internal static IReadOnlyList<string> Below(string path, IEnumerable<string> lines)
    {
        HashSet<string> found = new(StringComparer.Ordinal);
        foreach (string line in lines)
        {
            string point = MountPoint(line);
            if (point == path || (point.StartsWith(path, StringComparison.Ordinal) && point[path.Length] == '/'))
            {
                found.Add(point);
            }
        }

        return [.. found.OrderByDescending(static point => point.Length)];
    }

    /// <summary>How many mounts are on one another at a path.</summary>
    internal static int CountAt(string path) => File.ReadLines("/proc/self/mountinfo").Count(line => MountPoint(line) == path);

    private static string MountPoint(string line)
    {
        int field = 0;
        foreach (Range range in line.AsSpan().Split(' '))
        {
            if (field++ == MountPointField)
            {
                return Unescape(line[range]);
            }
        }

        return "";
    }

    /// <summary>Spaces, tabs, newlines and backslashes are written as a backslash and three octal digits.</summary>
    private static string Unescape(string text)
    {
        int next = text.IndexOf('\\', StringComparison.Ordinal);
        if (next < 0)
        {
            return text;
        }

        StringBuilder plain = new();
        for (int i = 0; i < text.Length; i++)
        {
            bool isEscape = text[i] == '\\' && i + 3 < text.Length && text.AsSpan(i + 1, 3).IndexOfAnyExceptInRange('0', '7') < 0;
            if (isEscape)
            {
                plain.Append((char)(((text[i + 1] - '0') * 64) + ((text[i + 2] - '0') * 8) + (text[i + 3] - '0')));
                i += 3;
            }
            else
            {
                plain.Append(text[i]);
            }
        }

        return plain.ToString();
    }
}
