using System.Collections.Concurrent;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Protocol.Cgroups.V1;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>With real OOM kills in the memory hierarchy of v1. Needs root and busybox.</summary>
internal sealed class OomV1Tests
{
    // A shell that doubles a string until its cgroup's limit stops it.
    private const string Hog = "exec /bin/busybox sh -c 's=0123456789abcdef; while :; do s=$s$s; done'";

    private readonly BlockingCollection<long> _reports = [];
    private RealCgroup _real = null!;

    [SetUp]
    public void Create()
    {
        _real = RealCgroup.V1();
        _real.Write("memory", "memory.limit_in_bytes", "16M");
    }

    [TearDown]
    public void Remove()
    {
        _real.Dispose();
        while (_reports.TryTake(out _))
        {
        }
    }

    [OneTimeTearDown]
    public void DisposeReports() => _reports.Dispose();

    [Test]
    public async Task WatchOom_HogBesideAnotherProcess_ReportsEachKillOnce()
    {
        using IProcessWatch keeper = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(keeper.Pid);
        using IDisposable watch = cgroup.WatchOom(_reports.Add);
        Assert.That(cgroup.OomKills, Is.Zero);
        for (int kill = 1; kill <= 2; kill++)
        {
            using IProcessWatch hog = await _real.StartAsync(Hog);
            Assert.That(TakeReport(), Is.EqualTo(kill));
            Assert.That((await hog.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
            Assert.That(cgroup.OomKills, Is.EqualTo(kill));
        }

        Assert.That(_reports, Is.Empty);
        Assert.That(Metrics.Parser.ParseFrom(cgroup.ReadMetrics().Value.Span).MemoryOomControl.OomKill, Is.EqualTo(2));
    }

    [Test]
    public async Task WatchOom_KillBeforeTheWatch_IsFoundByTheFirstReading()
    {
        using IProcessWatch keeper = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(keeper.Pid);
        using IProcessWatch hog = await _real.StartAsync(Hog);
        await hog.Exited.WaitAsync(OsFixture.Bound);
        using IDisposable watch = cgroup.WatchOom(_reports.Add);
        Assert.That(TakeReport(), Is.EqualTo(1));
    }

    [Test]
    public async Task OomKills_RightAfterTheExitOfTheVictim_AlreadyCountsIt()
    {
        using IProcessWatch keeper = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(keeper.Pid);
        using IProcessWatch hog = _real.Os.StartShell(_real.Enter() + Hog);
        await hog.Exited.WaitAsync(OsFixture.Bound);
        Assert.That(cgroup.OomKills, Is.EqualTo(1));
    }

    [Test]
    public async Task WatchOom_VictimInANestedCgroup_IsReported()
    {
        using IProcessWatch keeper = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(keeper.Pid);
        using IDisposable watch = cgroup.WatchOom(_reports.Add);
        using IProcessWatch hog = await _real.StartAsync(Hog, "/nested");
        Assert.That(TakeReport(), Is.EqualTo(1));
    }

    [Test]
    public async Task WatchOom_CgroupRemoved_ReportsNothingAndClosesItsDescriptor()
    {
        using IProcessWatch keeper = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(keeper.Pid);
        int before = OsFixture.CountDescriptors();
        using IDisposable watch = cgroup.WatchOom(_reports.Add);
        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before + 1));

        await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);
        await keeper.Exited.WaitAsync(OsFixture.Bound);
        await _real.RemoveAsync();

        // The removal signals the eventfd; the watch then finds the cgroup gone and ends by itself. The keeper's pidfd went before.
        await OsFixture.UntilAsync(() => OsFixture.CountDescriptors() < before);
        Assert.That(_reports, Is.Empty);
        Assert.That(cgroup.OomKills, Is.Zero);
    }

    [Test]
    public async Task OomKills_CgroupRemoved_KeepsItsLastValue()
    {
        using IProcessWatch keeper = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(keeper.Pid);
        using IProcessWatch hog = await _real.StartAsync(Hog);
        await hog.Exited.WaitAsync(OsFixture.Bound);
        Assert.That(cgroup.OomKills, Is.EqualTo(1));
        await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);
        await _real.RemoveAsync();
        Assert.That(cgroup.OomKills, Is.EqualTo(1));
        Assert.That(Assert.Throws<ShimException>(() => cgroup.ReadMetrics())!.Code, Is.EqualTo(ShimErrorCode.NotFound));
    }

    [Test]
    public async Task WatchOom_DisposedInManyWays_LeavesNoDescriptor()
    {
        using IProcessWatch keeper = await _real.StartAsync("exec sleep 1000");
        int before = OsFixture.CountDescriptors();
        for (int i = 0; i < 20; i++)
        {
            ICgroup cgroup = _real.Load(keeper.Pid);
            IDisposable first = cgroup.WatchOom(_reports.Add);
            cgroup.WatchOom(_reports.Add);
            first.Dispose();
            first.Dispose();
            cgroup.Dispose();
        }

        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
    }

    [Test]
    public async Task ReadMetrics_BusyProcess_IsPlausible()
    {
        _real.Write("pids", "pids.max", "77");
        using IProcessWatch busy = await _real.StartAsync("while :; do :; done");
        using ICgroup cgroup = _real.Load(busy.Pid);
        await OsFixture.UntilAsync(() => long.Parse(_real.Read("cpuacct", "cpuacct.usage"), null) > 30_000_000);
        Metrics metrics = Metrics.Parser.ParseFrom(cgroup.ReadMetrics().Value.Span);
        Assert.That(metrics.Pids.Current, Is.EqualTo(1));
        Assert.That(metrics.Pids.Limit, Is.EqualTo(77));
        Assert.That(metrics.Memory.Usage.Usage, Is.InRange(4096, 16 << 20));
        Assert.That(metrics.Memory.Usage.Limit, Is.EqualTo(16 << 20));
        Assert.That(metrics.Memory.PgFault, Is.Positive);
        Assert.That(metrics.Cpu.Usage.Total, Is.InRange(30_000_000, 60_000_000_000));
        Assert.That(metrics.Cpu.Usage.PerCpu, Has.Count.EqualTo(Environment.ProcessorCount).Or.Count.GreaterThan(Environment.ProcessorCount));
        Assert.That(metrics.Cpu.Usage.PerCpu.Aggregate(0UL, static (sum, value) => sum + value), Is.GreaterThanOrEqualTo(metrics.Cpu.Usage.Total));
    }

    private long TakeReport()
    {
        Assert.That(_reports.TryTake(out long kills, OsFixture.Bound), Is.True, "no report came");
        return kills;
    }
}
