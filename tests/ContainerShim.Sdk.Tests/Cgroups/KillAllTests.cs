using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>With real processes, in the hierarchies of v1 and in the unified one. Needs root and a hybrid machine.</summary>
[TestFixture(false)]
[TestFixture(true)]
internal sealed class KillAllTests(bool unified)
{
    private RealCgroup _real = null!;

    [SetUp]
    public void Create() => _real = unified ? RealCgroup.V2() : RealCgroup.V1();

    [TearDown]
    public void Remove() => _real.Dispose();

    [Test]
    public async Task KillAll_OneProcess_EndsItBySigkill()
    {
        using IProcessWatch watch = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(watch.Pid);
        Assert.That(cgroup.Processes(), Is.EqualTo(new[] { watch.Pid }));

        await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);

        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        Assert.That(cgroup.Processes(), Is.Empty);
    }

    [Test]
    public async Task KillAll_StormOfTwoHundredForkingProcesses_LeavesNone()
    {
        // Each of them forks and waits without end, so that new ones come while the old ones are killed.
        using IProcessWatch watch = await _real.StartAsync("i=0; while [ $i -lt 200 ]; do (while :; do /bin/sleep 0.01; done) & i=$((i+1)); done; wait");
        await OsFixture.UntilAsync(() => _real.Pids().Count > 200);
        using ICgroup cgroup = _real.Load(watch.Pid);

        await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);

        Assert.That(cgroup.Processes(), Is.Empty);
        Assert.That(cgroup.IsFrozen, Is.False);
    }

    [Test]
    public async Task KillAll_Frozen_EndsItAndLeavesItThawed()
    {
        using IProcessWatch watch = await _real.StartAsync("sleep 1000 & exec sleep 1001");
        using ICgroup cgroup = _real.Load(watch.Pid);
        await FreezeAsync("", cgroup);

        await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);

        Assert.That((await watch.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        Assert.That(cgroup.IsFrozen, Is.False);
    }

    [Test]
    public async Task KillAll_NestedCgroupsOneFrozenByItself_LeavesNone()
    {
        using IProcessWatch outer = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(outer.Pid);
        using IProcessWatch inner = await _real.StartAsync("exec sleep 1001", "/pod/inner");
        Assert.That(cgroup.Processes(), Is.EquivalentTo(new[] { outer.Pid, inner.Pid }));
        await FreezeAsync("/pod/inner", null);

        await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);

        await Task.WhenAll(outer.Exited, inner.Exited).WaitAsync(OsFixture.Bound);
        Assert.That(cgroup.Processes(), Is.Empty);
    }

    [Test]
    public async Task KillAll_TokenFired_StopsWithCancellation()
    {
        using IProcessWatch watch = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(watch.Pid);
        await Assert.ThrowsAsync<OperationCanceledException>(() => cgroup.KillAllAsync(new CancellationToken(canceled: true)));
        Assert.That(cgroup.Processes(), Is.EqualTo(new[] { watch.Pid }));
    }

    [Test]
    public async Task KillAll_CgroupGone_IsDone()
    {
        using IProcessWatch watch = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(watch.Pid);
        await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);
        await _real.RemoveAsync();

        await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);

        Assert.That(cgroup.IsFrozen, Is.False);
        Assert.That(cgroup.Thaw, Throws.Nothing);
        Assert.That(cgroup.Processes(), Is.Empty);
    }

    [Test]
    public async Task Thaw_Frozen_LetsTheProcessesGoOn()
    {
        using IProcessWatch watch = await _real.StartAsync("while :; do :; done");
        using ICgroup cgroup = _real.Load(watch.Pid);
        await FreezeAsync("", cgroup);

        cgroup.Thaw();

        await OsFixture.UntilAsync(() => !cgroup.IsFrozen);
        Assert.That(watch.Exited.IsCompleted, Is.False);
    }

    [Test]
    public async Task KillAll_Repeated_LeavesNoDescriptor()
    {
        using IProcessWatch first = await _real.StartAsync("exec sleep 1000");
        using ICgroup cgroup = _real.Load(first.Pid);
        await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);
        await first.Exited.WaitAsync(OsFixture.Bound);
        int before = OsFixture.CountDescriptors();
        for (int i = 0; i < 5; i++)
        {
            using IProcessWatch watch = await _real.StartAsync("sleep 1000 & sleep 1001 & exec sleep 1002");
            await cgroup.KillAllAsync().WaitAsync(OsFixture.Bound);
            await watch.Exited.WaitAsync(OsFixture.Bound);
        }

        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
    }

    private async Task FreezeAsync(string below, ICgroup? cgroup)
    {
        if (unified)
        {
            File.WriteAllText(_real.DirectoryOf("unified", below) + "/cgroup.freeze", "1");
            await OsFixture.UntilAsync(() => File.ReadAllText(_real.DirectoryOf("unified", below) + "/cgroup.events").Contains("frozen 1", StringComparison.Ordinal));
        }
        else
        {
            File.WriteAllText(_real.DirectoryOf("freezer", below) + "/freezer.state", "FROZEN");
            await OsFixture.UntilAsync(() => File.ReadAllText(_real.DirectoryOf("freezer", below) + "/freezer.state").StartsWith("FROZEN", StringComparison.Ordinal));
        }

        Assert.That(cgroup?.IsFrozen, Is.Not.False);
    }
}
