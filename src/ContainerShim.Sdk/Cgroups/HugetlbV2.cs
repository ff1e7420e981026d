using ContainerShim.Sdk.Protocol.Cgroups.V2;
using Google.Protobuf.Collections;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controller hugetlb: an entry for every size that the machine has, zeros where the controller is not enabled.</summary>
internal static class HugetlbV2
{
    internal static void Read(HostReader reader, string directory, RepeatedField<HugeTlbStat> stats)
    {
        foreach (string size in HugePageSizes.Read(reader.Files))
        {
            string start = $"{directory}/hugetlb.{size}.";
            stats.Add(new HugeTlbStat
            {
                Current = reader.ReadNumber(start + "current"),
                Max = reader.ReadNumber(start + "max"),
                Failcnt = ReadFailures(reader, start + "events"),
                Pagesize = size,
            });
        }
    }

    private static ulong ReadFailures(HostReader reader, string path)
    {
        if (reader.TryRead(path, out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                if (lines.NextField() is "max")
                {
                    return CgroupNumber.Parse(lines.NextField());
                }
            }
        }

        return 0;
    }
}
