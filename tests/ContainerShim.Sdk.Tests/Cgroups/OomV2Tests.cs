using System.Collections.Concurrent;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Linux;
using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>With real inotify on files that the test writes: kernfs reports a change as IN_MODIFY, too.</summary>
internal sealed class OomV2Tests
{
    private const string Events = "/sys/fs/cgroup/c/memory.events";

    private Reactor _reactor = null!;
    private TemporaryTree _tree = null!;
    private CgroupLoader _loader = null!;
    private BlockingCollection<long> _reports = null!;

    [SetUp]
    public void Create()
    {
        _reactor = new Reactor(NullLogger.Instance);
        _tree = TemporaryTree.WithV2("/c").Write(Events, Text(oom: 0, kills: 0));
        _loader = Recording.Loader(_tree.Root, _reactor, TimeProvider.System);
        _reports = [];
    }

    [TearDown]
    public void Remove()
    {
        _reactor.Dispose();
        _tree.Dispose();
        _reports.Dispose();
    }

    [Test]
    public void WatchOom_CounterRises_ReportsEachRise()
    {
        using ICgroup cgroup = _loader.Load(7);
        using IDisposable watch = cgroup.WatchOom(_reports.Add);
        SetKills(1);
        Assert.That(TakeReport(), Is.EqualTo(1));
        SetKills(4);
        Assert.That(TakeReport(), Is.EqualTo(4));
        Assert.That(cgroup.OomKills, Is.EqualTo(4));
    }

    [Test]
    public async Task WatchOom_OomWithoutKill_ReportsNothing()
    {
        using ICgroup cgroup = _loader.Load(7);
        using IDisposable watch = cgroup.WatchOom(_reports.Add);
        Replace(Text(oom: 3, kills: 0));
        await SettleAsync();
        Assert.That(_reports, Is.Empty);
    }

    [Test]
    public void WatchOom_KillBeforeTheWatch_IsFoundByTheFirstReading()
    {
        using ICgroup cgroup = _loader.Load(7);
        SetKills(2);
        using IDisposable watch = cgroup.WatchOom(_reports.Add);
        Assert.That(TakeReport(), Is.EqualTo(2));
    }

    [Test]
    public void WatchOom_TwoWatchesOfOneFile_BothReportAndOneOutlivesTheOther()
    {
        using ICgroup first = _loader.Load(7);
        using ICgroup second = _loader.Load(7);
        using IDisposable watch = second.WatchOom(_reports.Add);
        using (first.WatchOom(_reports.Add))
        {
            SetKills(1);
            Assert.That(new[] { TakeReport(), TakeReport() }, Is.EqualTo(new long[] { 1, 1 }));
        }

        SetKills(2);
        Assert.That(TakeReport(), Is.EqualTo(2));
    }

    [Test]
    public void WatchOom_ManyCgroups_ShareOneInotifyInstanceThatGoesWithTheLast()
    {
        int before = OsFixture.CountDescriptors();
        List<ICgroup> cgroups = [];
        for (int i = 10; i < 30; i++)
        {
            _tree.Write($"/proc/{i}/cgroup", $"0::/c{i}\n").Write($"/sys/fs/cgroup/c{i}/memory.events", Text(0, 0));
            cgroups.Add(_loader.Load(i));
            cgroups[^1].WatchOom(_reports.Add);
        }

        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before + 1));
        cgroups.ForEach(static cgroup => cgroup.Dispose());
        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
    }

    [Test]
    public async Task WatchOom_CallbackDisposesItsOwnWatch_DoesNotDeadlock()
    {
        using ICgroup cgroup = _loader.Load(7);
        IDisposable? watch = null;
        watch = cgroup.WatchOom(kills =>
        {
            watch!.Dispose();
            _reports.Add(kills);
        });
        SetKills(1);
        Assert.That(TakeReport(), Is.EqualTo(1));
        SetKills(2);
        await SettleAsync();
        Assert.That(_reports, Is.Empty);
    }

    [Test]
    public void Dispose_WhileTheReactorIsBusy_DoesNotWaitForIt()
    {
        using ICgroup cgroup = _loader.Load(7);
        IDisposable watch = cgroup.WatchOom(_reports.Add);
        using ManualResetEventSlim release = new();
        _reactor.Post(() => release.Wait(OsFixture.Bound));
        try
        {
            watch.Dispose();
            Assert.That(release.IsSet, Is.False);
        }
        finally
        {
            release.Set();
        }
    }

    [Test]
    public async Task WatchOom_CgroupRemoved_EndsWithTheLastValue()
    {
        using ICgroup cgroup = _loader.Load(7);
        int before = OsFixture.CountDescriptors();
        using IDisposable watch = cgroup.WatchOom(_reports.Add);
        SetKills(1);
        Assert.That(TakeReport(), Is.EqualTo(1));
        Directory.Delete(_tree.Path("/sys/fs/cgroup/c"), recursive: true);
        await OsFixture.UntilAsync(() => OsFixture.CountDescriptors() == before);
        Assert.That(cgroup.OomKills, Is.EqualTo(1));
        Assert.That(_reports, Is.Empty);
    }

    [Test]
    public void WatchOom_CgroupAlreadyGone_ReportsNothingAndKeepsNothing()
    {
        using ICgroup cgroup = _loader.Load(7);
        Directory.Delete(_tree.Path("/sys/fs/cgroup/c"), recursive: true);
        int before = OsFixture.CountDescriptors();
        using IDisposable watch = cgroup.WatchOom(_reports.Add);
        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
        Assert.That(cgroup.OomKills, Is.Zero);
    }

    [Test]
    public async Task Watch_ControlFileOfARealCgroup_IsToldOfItsChange()
    {
        // memory.events itself needs the memory controller in the unified hierarchy; cgroup.events notifies by the same code of kernfs.
        using RealCgroup real = RealCgroup.V2();
        using SemaphoreSlim changed = new(0);
        using IDisposable watch = new InotifyHub(_reactor).Watch(real.DirectoryOf("unified", "/cgroup.events"), InotifyMask.Modify, () => changed.Release());
        using IProcessWatch process = await real.StartAsync("exec sleep 1000");
        Assert.That(await changed.WaitAsync(OsFixture.Bound), Is.True);
    }

    private static string Text(int oom, int kills) => $"low 0\nhigh 0\nmax 9\noom {oom}\noom_kill {kills}\noom_group_kill 0\n";

    private void SetKills(int kills) => Replace(Text(kills, kills));

    /// <summary>In one write without truncation, as the kernel never shows a half of the file.</summary>
    private void Replace(string text)
    {
        using SafeFd file = Libc.Open(_tree.Path(Events), OpenFlags.WriteOnly);
        Libc.Write(file, System.Text.Encoding.ASCII.GetBytes(text));
    }

    /// <summary>Waits until the reactor has handled everything that happened before: epoll reports in order of readiness, then come posts.</summary>
    private async Task SettleAsync()
    {
        await _reactor.InvokeAsync(static () => { });
        await _reactor.InvokeAsync(static () => { });
    }

    private long TakeReport()
    {
        Assert.That(_reports.TryTake(out long kills, OsFixture.Bound), Is.True, "no report came");
        return kills;
    }
}
