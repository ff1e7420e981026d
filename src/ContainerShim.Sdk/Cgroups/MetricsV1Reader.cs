using ContainerShim.Sdk.Protocol.Cgroups.V1;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>Reads the usage of a v1 cgroup. A controller that is not mounted leaves its part out.</summary>
internal static class MetricsV1Reader
{
    /// <param name="reader">Reads the files.</param>
    /// <param name="directoryOf">The directory of a controller, null where it is not mounted.</param>
    internal static Metrics Read(HostReader reader, Func<string, string?> directoryOf)
    {
        Metrics metrics = new();
        if (directoryOf("pids") is { } pids)
        {
            metrics.Pids = ReadPids(reader, pids);
        }

        if (directoryOf("cpuacct") is { } cpuacct)
        {
            (metrics.Cpu ??= new CPUStat()).Usage = CpuV1.ReadUsage(reader, cpuacct);
        }

        if (directoryOf("cpu") is { } cpu)
        {
            (metrics.Cpu ??= new CPUStat()).Throttling = CpuV1.ReadThrottling(reader, cpu);
        }

        if (directoryOf("memory") is { } memory)
        {
            metrics.Memory = MemoryV1.Read(reader, memory);
            metrics.MemoryOomControl = MemoryV1.ReadOomControl(reader, memory);
        }

        if (directoryOf("blkio") is { } blkio)
        {
            metrics.Blkio = BlkioV1.Read(reader, blkio);
        }

        if (directoryOf("rdma") is { } rdma)
        {
            metrics.Rdma = ReadRdma(reader, rdma);
        }

        if (directoryOf("hugetlb") is { } hugetlb)
        {
            AddHugePages(reader, hugetlb, metrics);
        }

        return metrics;
    }

    private static PidsStat ReadPids(HostReader reader, string directory)
    {
        ulong limit = reader.ReadNumber(directory + "/pids.max");
        return new PidsStat { Current = reader.ReadNumber(directory + "/pids.current"), Limit = limit == ulong.MaxValue ? 0 : limit };
    }

    private static RdmaStat ReadRdma(HostReader reader, string directory)
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

    private static void AddHugePages(HostReader reader, string directory, Metrics metrics)
    {
        foreach (string size in HugePages.Sizes(reader.Files))
        {
            string prefix = $"{directory}/hugetlb.{size}.";
            if (reader.Files.FileExists(prefix + "usage_in_bytes"))
            {
                metrics.Hugetlb.Add(new HugetlbStat
                {
                    Pagesize = size,
                    Usage = reader.ReadNumber(prefix + "usage_in_bytes"),
                    Max = reader.ReadNumber(prefix + "max_usage_in_bytes"),
                    Failcnt = reader.ReadNumber(prefix + "failcnt"),
                });
            }
        }
    }
}
