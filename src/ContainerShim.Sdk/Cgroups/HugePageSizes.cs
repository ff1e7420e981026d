using System.Globalization;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The sizes of huge pages that the machine has, as the names of control files write them: <c>64KB</c>, <c>2MB</c>, <c>1GB</c>.</summary>
internal static class HugePageSizes
{
    private const string Directory = "/sys/kernel/mm/hugepages";
    private const string Prefix = "hugepages-";

    /// <summary>From directories like <c>hugepages-2048kB</c>, the smallest first.</summary>
    internal static List<string> Read(HostFiles files)
    {
        List<ulong> sizes = [];
        foreach (string path in files.Directories(Directory))
        {
            ReadOnlySpan<char> name = path.AsSpan(Directory.Length + 1);
            if (name.StartsWith(Prefix) && name.EndsWith("kB"))
            {
                sizes.Add(CgroupNumber.Parse(name[Prefix.Length..^2]));
            }
        }

        sizes.Sort();
        return sizes.ConvertAll(Format);
    }

    private static string Format(ulong kibibytes) => kibibytes switch
    {
        >= 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{kibibytes / (1024 * 1024)}GB"),
        >= 1024 => string.Create(CultureInfo.InvariantCulture, $"{kibibytes / 1024}MB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{kibibytes}KB"),
    };
}
