using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Protocol.Cgroups.V2;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>Against files in the formats of a 6.x kernel, with a number of its own in every place.</summary>
internal sealed class MetricsV2Tests
{
    private static readonly Metrics Metrics = Recording.MetricsV2("v2", 4242);

    [Test]
    public void Read_MemoryStat_FillsEveryKeyOfTheKernel()
    {
        MemoryStat memory = Metrics.Memory;
        using (Assert.EnterMultipleScope())
        {
            Assert.That(memory.Anon, Is.EqualTo(50001));
            Assert.That(memory.File, Is.EqualTo(50002));
            Assert.That(memory.KernelStack, Is.EqualTo(50004));
            Assert.That(memory.Slab, Is.EqualTo(50027));
            Assert.That(memory.Sock, Is.EqualTo(50008));
            Assert.That(memory.Shmem, Is.EqualTo(50010));
            Assert.That(memory.FileMapped, Is.EqualTo(50013));
            Assert.That(memory.FileDirty, Is.EqualTo(50014));
            Assert.That(memory.FileWriteback, Is.EqualTo(50015));
            Assert.That(memory.AnonThp, Is.EqualTo(50017));
            Assert.That(memory.InactiveAnon, Is.EqualTo(50020));
            Assert.That(memory.ActiveAnon, Is.EqualTo(50021));
            Assert.That(memory.InactiveFile, Is.EqualTo(50022));
            Assert.That(memory.ActiveFile, Is.EqualTo(50023));
            Assert.That(memory.Unevictable, Is.EqualTo(50024));
            Assert.That(memory.SlabReclaimable, Is.EqualTo(50025));
            Assert.That(memory.SlabUnreclaimable, Is.EqualTo(50026));
            Assert.That(memory.Pgfault, Is.EqualTo(50047));
            Assert.That(memory.Pgmajfault, Is.EqualTo(50048));
            Assert.That(memory.WorkingsetNodereclaim, Is.EqualTo(50034));
            Assert.That(memory.Pgrefill, Is.EqualTo(50049));
            Assert.That(memory.Pgscan, Is.EqualTo(50037));
            Assert.That(memory.Pgsteal, Is.EqualTo(50038));
            Assert.That(memory.Pgactivate, Is.EqualTo(50050));
            Assert.That(memory.Pgdeactivate, Is.EqualTo(50051));
            Assert.That(memory.Pglazyfree, Is.EqualTo(50052));
            Assert.That(memory.Pglazyfreed, Is.EqualTo(50053));
            Assert.That(memory.ThpFaultAlloc, Is.EqualTo(50059));
            Assert.That(memory.ThpCollapseAlloc, Is.EqualTo(50060));
            Assert.That(memory.WorkingsetRefaultAnon, Is.EqualTo(50028));
            Assert.That(memory.WorkingsetRefaultFile, Is.EqualTo(50029));
            Assert.That(memory.WorkingsetActivateAnon, Is.EqualTo(50030));
            Assert.That(memory.WorkingsetActivateFile, Is.EqualTo(50031));
        }
    }

    [Test]
    public void Read_MemoryStatBeforeLinux59_FillsTheUndividedKeys()
    {
        MemoryStat memory = Recording.MetricsV2("v2-old", 5).Memory;
        Assert.That(memory.Anon, Is.EqualTo(1));
        Assert.That(memory.WorkingsetRefault, Is.EqualTo(81));
        Assert.That(memory.WorkingsetActivate, Is.EqualTo(82));
    }

    [Test]
    public void Read_Memory_FillsUsageAndLimits()
    {
        MemoryStat memory = Metrics.Memory;
        Assert.That(memory.Usage, Is.EqualTo(60001));
        Assert.That(memory.UsageLimit, Is.EqualTo(60002));
        Assert.That(memory.MaxUsage, Is.EqualTo(60003));
        Assert.That(memory.SwapUsage, Is.EqualTo(60004));
        Assert.That(memory.SwapLimit, Is.EqualTo(ulong.MaxValue), "max");
        Assert.That(memory.SwapMaxUsage, Is.EqualTo(60006));
    }

    [Test]
    public void Read_MemoryEvents_FillsEveryField()
    {
        MemoryEvents events = Metrics.MemoryEvents;
        Assert.That(
            new[] { events.Low, events.High, events.Max, events.Oom, events.OomKill, events.OomGroupKill },
            Is.EqualTo(new ulong[] { 1, 2, 3, 4, 5, 6 }));
    }

    [Test]
    public void Read_Cpu_FillsEveryField()
    {
        CPUStat cpu = Metrics.Cpu;
        Assert.That(
            new[] { cpu.UsageUsec, cpu.UserUsec, cpu.SystemUsec, cpu.NrPeriods, cpu.NrThrottled, cpu.ThrottledUsec, cpu.NrBursts, cpu.BurstUsec },
            Is.EqualTo(new ulong[] { 5100001, 4000002, 1100003, 204, 35, 60006, 8, 9009 }));
    }

    [Test]
    public void Read_Pressure_FillsEveryFieldOfEachResource()
    {
        PSIStats[] all = [Metrics.Cpu.Psi, Metrics.Memory.Psi, Metrics.Io.Psi];
        for (int i = 0; i < all.Length; i++)
        {
            int n = i + 1;
            Assert.That(Describe(all[i].Some), Is.EqualTo($"{n}.11 {n}.22 {n}.33 {n}444"));
            Assert.That(Describe(all[i].Full), Is.EqualTo($"{n}.55 {n}.66 {n}.77 {n}888"));
        }
    }

    [Test]
    public void Read_Io_HasAnEntryForEachDeviceAlsoForOneWithoutNumbers() =>
        Assert.That(
            Metrics.Io.Usage.Select(static e => $"{e.Major}:{e.Minor} {e.Rbytes} {e.Wbytes} {e.Rios} {e.Wios}"),
            Is.EqualTo(new[] { "8:16 1459200 314773504 192 353", "8:0 90430464 299008000 8950 1252", "254:0 0 0 0 0", "259:1 7 8 9 10" }));

    [Test]
    public void Read_Pids_TakesUsageAndLimit()
    {
        Assert.That(Metrics.Pids.Current, Is.EqualTo(11));
        Assert.That(Metrics.Pids.Limit, Is.EqualTo(512));
    }

    [Test]
    public void Read_Hugetlb_HasAnEntryForEverySizeOfTheMachine()
    {
        Assert.That(Metrics.Hugetlb.Select(static stat => stat.Pagesize), Is.EqualTo(new[] { "64KB", "2MB", "1GB" }));
        Assert.That(Metrics.Hugetlb.Select(static stat => stat.Current), Is.EqualTo(new ulong[] { 70001, 70011, 70021 }));
        Assert.That(Metrics.Hugetlb.Select(static stat => stat.Max), Is.EqualTo(new ulong[] { 70002, 70012, ulong.MaxValue }));
        Assert.That(Metrics.Hugetlb.Select(static stat => stat.Failcnt), Is.EqualTo(new ulong[] { 70003, 70013, 70023 }));
    }

    [Test]
    public void Read_Rdma_MaxIsTheLargestCount()
    {
        Assert.That(Metrics.Rdma.Current.Select(Describe), Is.EqualTo(new[] { "mlx4_0 2 2000" }));
        Assert.That(Metrics.Rdma.Limit.Select(Describe), Is.EqualTo(new[] { "mlx4_0 4294967295 4096" }));
    }

    [Test]
    public void Read_NoControllerEnabled_HasEmptyMessagesAndNoEvents()
    {
        Metrics metrics = Recording.MetricsV2("v2-old", 5);
        Assert.That(metrics.Pids, Is.EqualTo(new PidsStat()));
        Assert.That(metrics.Cpu, Is.EqualTo(new CPUStat()));
        Assert.That(metrics.Io, Is.EqualTo(new IOStat()));
        Assert.That(metrics.Rdma, Is.EqualTo(new RdmaStat()));
        Assert.That(metrics.MemoryEvents, Is.Null);
        Assert.That(metrics.Hugetlb, Is.Empty);
    }

    [Test]
    public void Read_CgroupThatIsGone_IsNotFound()
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/c");
        ICgroup cgroup = Recording.Loader(tree.Root).Load(7);
        Directory.Delete(tree.Path("/sys/fs/cgroup/c"), recursive: true);
        ShimException failure = Assert.Throws<ShimException>(() => cgroup.ReadMetrics())!;
        Assert.That(failure.Code, Is.EqualTo(ShimErrorCode.NotFound));
        Assert.That(failure.Message, Is.EqualTo("cgroup does not exist: not found"));
        Assert.That(cgroup.Processes(), Is.Empty);
    }

    private static string Describe(PSIData data) => FormattableString.Invariant($"{data.Avg10:0.00} {data.Avg60:0.00} {data.Avg300:0.00} {data.Total}");

    private static string Describe(RdmaEntry entry) => $"{entry.Device} {entry.HcaHandles} {entry.HcaObjects}";
}
