using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Stats;

/// <summary>Statistics of cgroup v2. A controller that is not enabled shows zeros.</summary>
internal static class StatsV2
{
    internal static ContainerStats Convert(Metrics metrics, DateTimeOffset timestamp) => new()
    {
        Timestamp = timestamp,
        Version = CgroupVersion.V2,
        Cpu = Cpu(metrics.Cpu ?? new CPUStat()),
        Memory = Memory(metrics.Memory ?? new MemoryStat(), metrics.MemoryEvents),
        Pids = new PidsStats { Current = StatsReader.Count(metrics.Pids?.Current ?? 0), Limit = StatsReader.Limit(metrics.Pids?.Limit ?? 0) },
        Io = new IoStats { Devices = [.. (metrics.Io?.Usage ?? []).Select(Device)], Pressure = Pressure(metrics.Io?.Psi) },
    };

    private static CpuStats Cpu(CPUStat cpu) => new()
    {
        Usage = StatsReader.FromMicroseconds(cpu.UsageUsec),
        User = StatsReader.FromMicroseconds(cpu.UserUsec),
        System = StatsReader.FromMicroseconds(cpu.SystemUsec),
        Periods = StatsReader.Count(cpu.NrPeriods),
        ThrottledPeriods = StatsReader.Count(cpu.NrThrottled),
        ThrottledTime = StatsReader.FromMicroseconds(cpu.ThrottledUsec),
        Pressure = Pressure(cpu.Psi),
    };

    private static MemoryStats Memory(MemoryStat memory, MemoryEvents? events) => new()
    {
        Usage = StatsReader.Count(memory.Usage),
        Limit = StatsReader.Limit(memory.UsageLimit),
        MaxUsage = StatsReader.Count(memory.MaxUsage),
        WorkingSet = Math.Max(StatsReader.Count(memory.Usage) - StatsReader.Count(memory.InactiveFile), 0),
        Anonymous = StatsReader.Count(memory.Anon),
        PageCache = StatsReader.Count(memory.File),
        SwapUsage = StatsReader.Count(memory.SwapUsage),
        MajorPageFaults = StatsReader.Count(memory.Pgmajfault),
        OomKills = StatsReader.Count(events?.OomKill ?? 0),
        Pressure = Pressure(memory.Psi),
    };

    private static IoDeviceStats Device(IOEntry entry) => new((int)entry.Major, (int)entry.Minor)
    {
        ReadBytes = StatsReader.Count(entry.Rbytes),
        WrittenBytes = StatsReader.Count(entry.Wbytes),
        Reads = StatsReader.Count(entry.Rios),
        Writes = StatsReader.Count(entry.Wios),
    };

    private static Pressure? Pressure(PSIStats? psi) => psi?.Some is { } some ? new Pressure(Level(some), psi.Full is { } full ? Level(full) : null) : null;

    private static PressureLevel Level(PSIData data) => new(data.Avg10, data.Avg60, data.Avg300, StatsReader.FromMicroseconds(data.Total));
}
