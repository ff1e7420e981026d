using System.Globalization;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The sizes of huge pages that this host has, as cgroup files name them.</summary>
internal static class HugePages
{
    private const string Directory = "/sys/kernel/mm/hugepages";
    private const string Prefix = "hugepages-";

    /// <summary><c>2MB</c>, <c>1GB</c> and the like.</summary>
    internal static List<string> Sizes(HostFiles files)
    {
        List<string> sizes = [];
        foreach (string path in files.Directories(Directory))
        {
            ReadOnlySpan<char> name = Path.GetFileName(path.AsSpan());
            if (name.StartsWith(Prefix) && name.EndsWith("kB")
                && long.TryParse(name[Prefix.Length..^2], NumberStyles.None, CultureInfo.InvariantCulture, out long kilobytes))
            {
                sizes.Add(kilobytes >= 1 << 20 ? $"{kilobytes >> 20}GB" : kilobytes >= 1 << 10 ? $"{kilobytes >> 10}MB" : $"{kilobytes}KB");
            }
        }

        return sizes;
    }
}
