using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Cgroups;

/// <summary>The usage of a v2 cgroup. A controller that is not enabled shows zeros.</summary>
internal static class MetricsV2
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
            Rdma = RdmaV2.Read(reader, directory),
        };
        HugetlbV2.Read(reader, directory, metrics.Hugetlb);
        return metrics;
    }
}
