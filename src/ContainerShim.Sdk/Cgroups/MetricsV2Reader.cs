using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Reads the usage of a v2 cgroup; see cgroup-v2 of the kernel's documentation for the files.</summary>
internal static class MetricsV2Reader
{
    internal static Metrics Read(HostReader reader, string directory)
    {
        Metrics metrics = new()
        {
            Pids = new PidsStat { Current = reader.ReadNumber(directory + "/pids.current"), Limit = reader.ReadNumber(directory + "/pids.max") },
            Cpu = CpuV2.Read(reader, directory),
            Memory = MemoryV2.Read(reader, directory),
            MemoryEvents = MemoryV2.ReadEvents(reader, directory),
            Io = IoV2.Read(reader, directory),
            Rdma = Rdma(reader, directory),
        };
        foreach (string size in HugePages.Sizes(reader.Files))
        {
            if (HugePage(reader, directory, size) is { } stat)
            {
                metrics.Hugetlb.Add(stat);
            }
        }

        return metrics;
    }

    private static HugeTlbStat? HugePage(HostReader reader, string directory, string size)
    {
        string prefix = $"{directory}/hugetlb.{size}.";
        if (!reader.Files.FileExists(prefix + "current"))
        {
            return null;
        }

        HugeTlbStat stat = new() { Pagesize = size, Current = reader.ReadNumber(prefix + "current"), Max = reader.ReadNumber(prefix + "max") };
        if (reader.TryRead(prefix + "events", out ReadOnlySpan<char> text))
        {
            FieldReader lines = new(text);
            while (lines.NextLine())
            {
                if (lines.NextField() is "max")
                {
                    stat.Failcnt = CgroupNumber.Parse(lines.NextField());
                }
            }
        }

        return stat;
    }

    private static RdmaStat Rdma(HostReader reader, string directory)
    {
        RdmaStat stat = new();
        foreach ((string device, uint handles, uint objects) in RdmaFile.Read(reader, directory + "/rdma.current"))
        {
            stat.Current.Add(new RdmaEntry { Device = device, HcaHandles = handles, HcaObjects = objects });
        }

        foreach ((string device, uint handles, uint objects) in RdmaFile.Read(reader, directory + "/rdma.max"))
        {
            stat.Limit.Add(new RdmaEntry { Device = device, HcaHandles = handles, HcaObjects = objects });
        }

        return stat;
    }
}
