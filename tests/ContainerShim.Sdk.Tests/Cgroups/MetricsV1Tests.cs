using ContainerShim.Sdk.Protocol.Cgroups.V1;
using Google.Protobuf.Collections;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>Against files of a kernel with CFQ and all controllers, with a number of its own in every place.</summary>
internal sealed class MetricsV1Tests
{
    private static readonly Metrics Metrics = Recording.MetricsV1("v1-cfq", 812);

    [Test]
    public void Read_Memory_FillsEveryFieldOfTheStatistics()
    {
        MemoryStat memory = Metrics.Memory;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(memory.Cache, Is.EqualTo(10001));
            Assert.That(memory.Rss, Is.EqualTo(10002));
            Assert.That(memory.RssHuge, Is.EqualTo(10003));
            Assert.That(memory.MappedFile, Is.EqualTo(10005));
            Assert.That(memory.Dirty, Is.EqualTo(10006));
            Assert.That(memory.Writeback, Is.EqualTo(10007));
            Assert.That(memory.PgPgIn, Is.EqualTo(10009));
            Assert.That(memory.PgPgOut, Is.EqualTo(10010));
            Assert.That(memory.PgFault, Is.EqualTo(10011));
            Assert.That(memory.PgMajFault, Is.EqualTo(10012));
            Assert.That(memory.InactiveAnon, Is.EqualTo(10013));
            Assert.That(memory.ActiveAnon, Is.EqualTo(10014));
            Assert.That(memory.InactiveFile, Is.EqualTo(10015));
            Assert.That(memory.ActiveFile, Is.EqualTo(10016));
            Assert.That(memory.Unevictable, Is.EqualTo(10017));
            Assert.That(memory.TotalCache, Is.EqualTo(20001));
            Assert.That(memory.TotalRss, Is.EqualTo(20002));
            Assert.That(memory.TotalRssHuge, Is.EqualTo(20003));
            Assert.That(memory.TotalMappedFile, Is.EqualTo(20005));
            Assert.That(memory.TotalDirty, Is.EqualTo(20006));
            Assert.That(memory.TotalWriteback, Is.EqualTo(20007));
            Assert.That(memory.TotalPgPgIn, Is.EqualTo(20009));
            Assert.That(memory.TotalPgPgOut, Is.EqualTo(20010));
            Assert.That(memory.TotalPgFault, Is.EqualTo(20011));
            Assert.That(memory.TotalPgMajFault, Is.EqualTo(20012));
            Assert.That(memory.TotalInactiveAnon, Is.EqualTo(20013));
            Assert.That(memory.TotalActiveAnon, Is.EqualTo(20014));
            Assert.That(memory.TotalInactiveFile, Is.EqualTo(20015));
            Assert.That(memory.TotalActiveFile, Is.EqualTo(20016));
            Assert.That(memory.TotalUnevictable, Is.EqualTo(20017));
            Assert.That(memory.HierarchicalMemoryLimit, Is.EqualTo(536870912));
            Assert.That(memory.HierarchicalSwapLimit, Is.EqualTo(1073741824));
        }
    }

    [Test]
    public void Read_Memory_FillsTheFourEntries()
    {
        MemoryEntry[] entries = [Metrics.Memory.Usage, Metrics.Memory.Swap, Metrics.Memory.Kernel, Metrics.Memory.KernelTcp];
        for (int i = 0; i < entries.Length; i++)
        {
            ulong first = (ulong)(30001 + (100 * i));
            Assert.That(
                new[] { entries[i].Usage, entries[i].Max, entries[i].Failcnt, entries[i].Limit },
                Is.EqualTo(new[] { first, first + 1, first + 2, first + 3 }));
        }
    }

    [Test]
    public void Read_OomControl_FillsEveryField()
    {
        Assert.That(Metrics.MemoryOomControl.OomKillDisable, Is.EqualTo(1));
        Assert.That(Metrics.MemoryOomControl.UnderOom, Is.EqualTo(1));
        Assert.That(Metrics.MemoryOomControl.OomKill, Is.EqualTo(7));
    }

    [Test]
    public void Read_Cpu_TakesNanosecondsAndMultipliesTicks()
    {
        Assert.That(Metrics.Cpu.Usage.Total, Is.EqualTo(7123456789));
        Assert.That(Metrics.Cpu.Usage.User, Is.EqualTo(5120000000));
        Assert.That(Metrics.Cpu.Usage.Kernel, Is.EqualTo(1990000000));
        Assert.That(Metrics.Cpu.Usage.PerCpu, Is.EqualTo(new ulong[] { 4100000001, 3023456788 }));
        Assert.That(Metrics.Cpu.Throttling.Periods, Is.EqualTo(41));
        Assert.That(Metrics.Cpu.Throttling.ThrottledPeriods, Is.EqualTo(12));
        Assert.That(Metrics.Cpu.Throttling.ThrottledTime, Is.EqualTo(737625483));
    }

    [Test]
    public void Read_Pids_TakesUsageAndLimit()
    {
        Assert.That(Metrics.Pids.Current, Is.EqualTo(9));
        Assert.That(Metrics.Pids.Limit, Is.EqualTo(4096));
    }

    [Test]
    public void Read_PidsWithoutLimit_LimitIsZero()
    {
        PidsStat pids = Recording.MetricsV1("v1-throttle", 9).Pids;
        Assert.That(pids.Current, Is.EqualTo(2));
        Assert.That(pids.Limit, Is.Zero);
    }

    [Test]
    public void Read_Hugetlb_HasAnEntryForEverySizeOfTheMachine()
    {
        Assert.That(Metrics.Hugetlb.Select(static stat => stat.Pagesize), Is.EqualTo(new[] { "2MB", "1GB" }));
        Assert.That(Metrics.Hugetlb.Select(static stat => stat.Usage), Is.EqualTo(new ulong[] { 40001, 40011 }));
        Assert.That(Metrics.Hugetlb.Select(static stat => stat.Max), Is.EqualTo(new ulong[] { 40002, 40012 }));
        Assert.That(Metrics.Hugetlb.Select(static stat => stat.Failcnt), Is.EqualTo(new ulong[] { 40003, 40013 }));
    }

    [Test]
    public void Read_Rdma_MaxIsTheLargestCount()
    {
        Assert.That(Metrics.Rdma.Current.Select(Describe), Is.EqualTo(new[] { "mlx4_0 2 2000", "ocrdma1 3 10" }));
        Assert.That(Metrics.Rdma.Limit.Select(Describe), Is.EqualTo(new[] { "mlx4_0 5 5000", "ocrdma1 6 4294967295" }));
    }

    [Test]
    public void Read_BlkioWithCfq_FillsEveryList()
    {
        BlkIOStat blkio = Metrics.Blkio;
        RepeatedField<BlkIOEntry>[] lists =
        [
            blkio.IoServiceBytesRecursive, blkio.IoServicedRecursive, blkio.IoQueuedRecursive, blkio.IoServiceTimeRecursive,
            blkio.IoWaitTimeRecursive, blkio.IoMergedRecursive,
        ];
        for (int i = 0; i < lists.Length; i++)
        {
            int value = 1000 * (i + 1);
            string[] expected =
            [
                $"8:0 /dev/sda Read {value}", $"8:0 /dev/sda Write {value + 1}", $"8:0 /dev/sda Sync {value + 2}",
                $"8:0 /dev/sda Async {value + 3}", $"8:0 /dev/sda Total {value + 4}",
                $"259:0 /dev/nvme0n1 Read {value + 10}", $"259:0 /dev/nvme0n1 Write {value + 11}", $"259:0 /dev/nvme0n1 Sync {value + 12}",
                $"259:0 /dev/nvme0n1 Async {value + 13}", $"259:0 /dev/nvme0n1 Total {value + 14}",
            ];
            Assert.That(lists[i].Select(Describe), Is.EqualTo(expected));
        }
    }

    [Test]
    public void Read_BlkioWithoutOperation_LeavesItEmptyAndAnUnknownDeviceWithoutName()
    {
        Assert.That(Metrics.Blkio.IoTimeRecursive.Select(Describe), Is.EqualTo(new[] { "8:0 /dev/sda  7001", "253:3   7002" }));
        Assert.That(Metrics.Blkio.SectorsRecursive.Select(Describe), Is.EqualTo(new[] { "8:0 /dev/sda  8001" }));
    }

    [Test]
    public void Read_BlkioWithCfqThatCountsNothing_TakesTheThrottlingLayer()
    {
        BlkIOStat blkio = Recording.MetricsV1("v1-throttle", 9).Blkio;
        Assert.That(
            blkio.IoServicedRecursive.Select(static entry => $"{entry.Op} {entry.Value}"),
            Is.EqualTo(new[] { "Read 11", "Write 12", "Sync 13", "Async 14", "Discard 15", "Total 23" }));
        Assert.That(blkio.IoServiceBytesRecursive.Select(Describe), Is.EqualTo(new[] { "8:0 /dev/sda Read 4096" }));
        Assert.That(blkio.IoTimeRecursive, Is.Empty);
    }

    [Test]
    public void Read_ControllerThatIsNotThere_IsLeftOut()
    {
        Metrics metrics = Recording.MetricsV1("v1-throttle", 9);
        Assert.That(metrics.Memory, Is.Null);
        Assert.That(metrics.MemoryOomControl, Is.Null);
        Assert.That(metrics.Cpu, Is.Null);
        Assert.That(metrics.Rdma, Is.Null);
        Assert.That(metrics.Hugetlb, Is.Empty);
    }

    [Test]
    public void Read_RecordedMachine_TakesWhatItsKernelCounted()
    {
        Metrics metrics = Recording.MetricsV1("v1", 697);
        Assert.That(metrics.Memory.Cache, Is.EqualTo(63115264));
        Assert.That(metrics.Memory.HierarchicalMemoryLimit, Is.EqualTo(67108864));
        Assert.That(metrics.Memory.HierarchicalSwapLimit, Is.EqualTo(9223372036854771712));
        Assert.That(metrics.Memory.Usage.Failcnt, Is.EqualTo(41));
        Assert.That(metrics.Cpu.Usage.Total, Is.EqualTo(224581609));
        Assert.That(metrics.Cpu.Throttling.ThrottledPeriods, Is.EqualTo(11));
        Assert.That(metrics.Pids.Limit, Is.EqualTo(40));
        Assert.That(metrics.Blkio.IoServicedRecursive, Is.Empty, "a line of the total alone is no entry");
    }

    private static string Describe(BlkIOEntry entry) => $"{entry.Major}:{entry.Minor} {entry.Device} {entry.Op} {entry.Value}";

    private static string Describe(RdmaEntry entry) => $"{entry.Device} {entry.HcaHandles} {entry.HcaObjects}";
}
