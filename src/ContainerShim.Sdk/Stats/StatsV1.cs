using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Protocol.Cgroups.V1;

namespace ContainerShim.Sdk.Stats;

/// <summary>Statistics of cgroup v1. A controller that is not there shows zeros.</summary>
internal static class StatsV1
{
    internal static ContainerStats Convert(Metrics metrics, DateTimeOffset timestamp) => new()
    {
        Timestamp = timestamp,
        Version = CgroupVersion.V1,
        Cpu = Cpu(metrics.Cpu),
        Memory = Memory(metrics.Memory ?? new MemoryStat(), metrics.MemoryOomControl),
        Pids = new PidsStats { Current = StatsReader.Count(metrics.Pids?.Current ?? 0), Limit = StatsReader.Limit(metrics.Pids?.Limit ?? 0) },
        Io = new IoStats { Devices = Devices(metrics.Blkio) },
    };

    private static CpuStats Cpu(CPUStat? cpu) => new()
    {
        Usage = StatsReader.FromNanoseconds(cpu?.Usage?.Total ?? 0),
        User = StatsReader.FromNanoseconds(cpu?.Usage?.User ?? 0),
        System = StatsReader.FromNanoseconds(cpu?.Usage?.Kernel ?? 0),
        Periods = StatsReader.Count(cpu?.Throttling?.Periods ?? 0),
        ThrottledPeriods = StatsReader.Count(cpu?.Throttling?.ThrottledPeriods ?? 0),
        ThrottledTime = StatsReader.FromNanoseconds(cpu?.Throttling?.ThrottledTime ?? 0),
    };

    private static MemoryStats Memory(MemoryStat memory, MemoryOomControl? oom)
    {
        long usage = StatsReader.Count(memory.Usage?.Usage ?? 0);

        // v1 counts swap together with the memory (memory.memsw.usage_in_bytes).
        long withSwap = StatsReader.Count(memory.Swap?.Usage ?? 0);
        return new MemoryStats
        {
            Usage = usage,
            Limit = StatsReader.Limit(memory.Usage?.Limit ?? 0),
            MaxUsage = StatsReader.Count(memory.Usage?.Max ?? 0),
            WorkingSet = Math.Max(usage - StatsReader.Count(memory.TotalInactiveFile), 0),
            Anonymous = StatsReader.Count(memory.TotalRss),
            PageCache = StatsReader.Count(memory.TotalCache),
            SwapUsage = Math.Max(withSwap - usage, 0),
            MajorPageFaults = StatsReader.Count(memory.TotalPgMajFault),
            OomKills = StatsReader.Count(oom?.OomKill ?? 0),
        };
    }

    private static List<IoDeviceStats> Devices(BlkIOStat? blkio)
    {
        Dictionary<(ulong, ulong), IoDeviceStats> devices = [];
        foreach (BlkIOEntry entry in blkio?.IoServiceBytesRecursive ?? [])
        {
            IoDeviceStats device = Find(entry);
            devices[(entry.Major, entry.Minor)] = entry.Op switch
            {
                "Read" => device with { ReadBytes = StatsReader.Count(entry.Value) },
                "Write" => device with { WrittenBytes = StatsReader.Count(entry.Value) },
                _ => device,
            };
        }

        foreach (BlkIOEntry entry in blkio?.IoServicedRecursive ?? [])
        {
            IoDeviceStats device = Find(entry);
            devices[(entry.Major, entry.Minor)] = entry.Op switch
            {
                "Read" => device with { Reads = StatsReader.Count(entry.Value) },
                "Write" => device with { Writes = StatsReader.Count(entry.Value) },
                _ => device,
            };
        }

        return [.. devices.Values];

        IoDeviceStats Find(BlkIOEntry entry) =>
            devices.GetValueOrDefault((entry.Major, entry.Minor)) ?? new IoDeviceStats((int)entry.Major, (int)entry.Minor);
    }
}
