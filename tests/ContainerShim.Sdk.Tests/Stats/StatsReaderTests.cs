using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Protocol;
using ContainerShim.Sdk.Stats;
using Google.Protobuf;
using V1 = ContainerShim.Sdk.Protocol.Cgroups.V1;
using V2 = ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Tests.Stats;

internal sealed class StatsReaderTests
{
    private static readonly DateTimeOffset Then = DateTimeOffset.UnixEpoch;

    [Test]
    public void Read_OfV1_HasTheUnitsOfV2()
    {
        V1.Metrics metrics = new()
        {
            Cpu = new V1.CPUStat
            {
                Usage = new V1.CPUUsage { Total = 3_000_000_000, User = 2_000_000_000, Kernel = 1_000_000_000 },
                Throttling = new V1.Throttle { Periods = 10, ThrottledPeriods = 4, ThrottledTime = 500_000_000 },
            },
            Memory = new V1.MemoryStat
            {
                Usage = new V1.MemoryEntry { Usage = 1000, Limit = 0x7FFF_FFFF_FFFF_F000, Max = 2000 },
                Swap = new V1.MemoryEntry { Usage = 1300 },
                TotalInactiveFile = 400,
                TotalRss = 500,
                TotalCache = 450,
            },
            MemoryOomControl = new V1.MemoryOomControl { OomKill = 2 },
            Pids = new V1.PidsStat { Current = 3 },
            Blkio = new V1.BlkIOStat(),
        };
        metrics.Blkio.IoServiceBytesRecursive.Add(new V1.BlkIOEntry { Major = 8, Minor = 1, Op = "Read", Value = 4096 });
        metrics.Blkio.IoServiceBytesRecursive.Add(new V1.BlkIOEntry { Major = 8, Minor = 1, Op = "Write", Value = 512 });
        metrics.Blkio.IoServicedRecursive.Add(new V1.BlkIOEntry { Major = 8, Minor = 1, Op = "Read", Value = 7 });

        ContainerStats stats = StatsReader.Read(new TypedPayload(TypeUrls.CgroupsV1Metrics, metrics.ToByteArray()), Then);

        Assert.That((stats.Timestamp, stats.Version), Is.EqualTo((Then, CgroupVersion.V1)));
        Assert.That((stats.Cpu.Usage, stats.Cpu.User, stats.Cpu.System), Is.EqualTo((Seconds(3), Seconds(2), Seconds(1))));
        Assert.That((stats.Cpu.Periods, stats.Cpu.ThrottledPeriods, stats.Cpu.ThrottledTime), Is.EqualTo((10L, 4L, Seconds(0.5))));
        Assert.That((stats.Memory.Usage, stats.Memory.Limit, stats.Memory.WorkingSet), Is.EqualTo((1000L, (long?)null, 600L)));
        Assert.That((stats.Memory.SwapUsage, stats.Memory.OomKills), Is.EqualTo((300L, 2L)));
        Assert.That((stats.Pids.Current, stats.Pids.Limit), Is.EqualTo((3L, (long?)null)));
        Assert.That(stats.Io.Devices, Is.EqualTo(new[] { new IoDeviceStats(8, 1) { ReadBytes = 4096, WrittenBytes = 512, Reads = 7 } }));
    }

    [Test]
    public void Read_OfV2_HasPressure()
    {
        V2.Metrics metrics = new()
        {
            Cpu = new V2.CPUStat
            {
                UsageUsec = 3_000_000,
                Psi = new V2.PSIStats { Some = new V2.PSIData { Avg10 = 1.5, Avg60 = 2.5, Avg300 = 3.5, Total = 1_000_000 } },
            },
            Memory = new V2.MemoryStat { Usage = 1000, UsageLimit = ulong.MaxValue, InactiveFile = 400, Anon = 500, SwapUsage = 10 },
            MemoryEvents = new V2.MemoryEvents { OomKill = 1 },
            Pids = new V2.PidsStat { Current = 3, Limit = 20 },
        };

        ContainerStats stats = StatsReader.Read(new TypedPayload(TypeUrls.CgroupsV2Metrics, metrics.ToByteArray()), Then);

        Assert.That(stats.Cpu.Pressure, Is.EqualTo(new Pressure(new PressureLevel(1.5, 2.5, 3.5, Seconds(1)), null)));
        Assert.That(stats.Cpu.Usage, Is.EqualTo(Seconds(3)));
        Assert.That((stats.Memory.Limit, stats.Memory.WorkingSet, stats.Memory.OomKills), Is.EqualTo(((long?)null, 600L, 1L)));
        Assert.That((stats.Pids.Limit, stats.Memory.Pressure), Is.EqualTo(((long?)20, (Pressure?)null)));
    }

    [Test]
    public void Read_OfAnotherKind_IsRefused()
    {
        ShimException? refusal = Assert.Throws<ShimException>(() => StatsReader.Read(new TypedPayload("other", default), Then));
        Assert.That(refusal!.Code, Is.EqualTo(ShimErrorCode.Unimplemented));
    }

    private static TimeSpan Seconds(double count) => TimeSpan.FromSeconds(count);
}
