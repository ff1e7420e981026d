using ContainerShim.Sdk.Protocol.Cgroups.V1;
using Google.Protobuf.Collections;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The controller hugetlb.</summary>
internal static class HugetlbV1
{
    internal static void Read(HostReader reader, string directory, RepeatedField<HugetlbStat> stats)
    {
        foreach (string size in HugePageSizes.Read(reader.Files))
        {
            string start = $"{directory}/hugetlb.{size}.";
            stats.Add(new HugetlbStat
            {
                Usage = reader.ReadNumber(start + "usage_in_bytes"),
                Max = reader.ReadNumber(start + "max_usage_in_bytes"),
                Failcnt = reader.ReadNumber(start + "failcnt"),
                Pagesize = size,
            });
        }
    }
}
