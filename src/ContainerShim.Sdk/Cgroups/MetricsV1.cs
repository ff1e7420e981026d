using ContainerShim.Sdk.Protocol.Cgroups.V1;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The usage of a v1 cgroup. A controller that is not there is left out.</summary>
internal static class MetricsV1
{
    internal static Metrics Read(HostReader reader, Dictionary<string, string> directories)
    {
        Metrics metrics = new() { Cpu = CpuV1.Read(reader, directories.GetValueOrDefault("cpu"), directories.GetValueOrDefault("cpuacct")) };
        if (directories.TryGetValue("pids", out string? pids))
        {
            metrics.Pids = PidsV1.Read(reader, pids);
        }

        if (directories.TryGetValue("memory", out string? memory))
        {
            metrics.Memory = MemoryV1.Read(reader, memory);
            metrics.MemoryOomControl = MemoryV1.ReadOomControl(reader, memory);
        }

        if (directories.TryGetValue("blkio", out string? blkio))
        {
            metrics.Blkio = BlkioV1.Read(reader, blkio);
        }

        if (directories.TryGetValue("rdma", out string? rdma))
        {
            metrics.Rdma = RdmaV1.Read(reader, rdma);
        }

        if (directories.TryGetValue("hugetlb", out string? hugetlb))
        {
            HugetlbV1.Read(reader, hugetlb, metrics.Hugetlb);
        }

        return metrics;
    }
}
