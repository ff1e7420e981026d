using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Cgroups.V1;
using ContainerShim.Sdk.Protocol.Events;
using Grpc.Core;
using Status = ContainerShim.Sdk.Protocol.Types.Status;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>What a container may use, what it uses, and that it can be made to wait.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class ResourceTests(string runtime) : ShimFixture(runtime)
{
    private const ulong Megabyte = 1 << 20;

    [Test]
    public async Task PauseAndResume_StopAndContinueEveryProcess()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        await task.ExecAsync("exec", ["sleep", "1000"]);
        CgroupFiles cgroup = new(Site, task.Id);

        await task.PauseAsync();

        Assert.That(cgroup.FreezerState, Is.EqualTo("FROZEN"));
        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Paused));
        Assert.That((await task.StateAsync("exec")).Status, Is.EqualTo(Status.Paused));
        RpcException? again = await Assert.CatchAsync<RpcException>(task.PauseAsync);
        Assert.That(again?.Status.Detail, Is.EqualTo("cannot pause a paused container"));
        RpcException? exec = await Assert.CatchAsync<RpcException>(() => task.AddExecAsync("other", ["true"]));
        Assert.That(exec?.Status.Detail, Is.EqualTo("cannot exec in a paused state"));

        await task.ResumeAsync();

        Assert.That(cgroup.FreezerState, Is.EqualTo("THAWED"));
        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Running));
        Assert.That(await task.ExecToEndAsync("third", "true"), Is.Zero);
        Assert.That(
            Events.All().Select(e => e.Message).Where(message => message is TaskPaused or TaskResumed).Select(message => message.GetType()),
            Is.EqualTo((Type[])[typeof(TaskPaused), typeof(TaskResumed)]));
        await task.KillAndDeleteAsync();
    }

    [Test]
    public async Task Update_ChangesTheLimitsOfTheKernel()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { MemoryLimit = 64 << 20, PidsLimit = 100 });
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        CgroupFiles cgroup = new(Site, task.Id);

        await task.UpdateAsync("""
            {"memory":{"limit":33554432,"swap":33554432},"pids":{"limit":50},"cpu":{"shares":512,"quota":20000,"period":100000}}
            """);

        Assert.That(cgroup.Number("memory", "memory.limit_in_bytes"), Is.EqualTo(32 * Megabyte));
        Assert.That(cgroup.Number("pids", "pids.max"), Is.EqualTo(50));
        Assert.That(cgroup.Number("cpu", "cpu.shares"), Is.EqualTo(512));
        Assert.That(cgroup.Number("cpu", "cpu.cfs_quota_us"), Is.EqualTo(20_000));
        Metrics stats = await task.StatsAsync();
        Assert.That(stats.Memory.Usage.Limit, Is.EqualTo(32 * Megabyte));
        Assert.That(stats.Pids.Limit, Is.EqualTo(50));
        await task.KillAndDeleteAsync();
    }

    [Test]
    public async Task Stats_OfAQuietContainer_AreTheKernelsNumbers()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions
        {
            Args = ["sh", "-c", "head -c 8000000 /dev/zero > /tmp/file; head -c 20000000 /dev/urandom > /dev/null; sleep 1000 & sleep 1000"],
            MemoryLimit = 64 << 20,
        });
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        CgroupFiles cgroup = new(Site, task.Id);
        await Eventually.ShowsAsync(
            () => cgroup.Processes().Count(pid => ProcFs.NameOf(pid) == "sleep"), count => count == 2, "both sleep");
        ulong used = 0;
        await Eventually.ShowsAsync(
            () => (Before: used, Now: used = cgroup.Number("cpuacct", "cpuacct.usage")), uses => uses.Before == uses.Now, "both have come to rest");

        Metrics stats = await task.StatsAsync();

        Assert.That(stats.Pids.Current, Is.EqualTo(2));
        Assert.That(stats.Pids.Limit, Is.Zero, "no limit is 0");
        Assert.That(stats.Cpu.Usage.Total, Is.EqualTo(cgroup.Number("cpuacct", "cpuacct.usage")).And.GreaterThan(0));
        Assert.That(stats.Cpu.Usage.PerCpu.Aggregate(0UL, (a, b) => a + b), Is.EqualTo(stats.Cpu.Usage.Total));
        Assert.That(stats.Cpu.Usage.User, Is.EqualTo(cgroup.Number("cpuacct", "cpuacct.stat", "user") * 10_000_000));
        Assert.That(stats.Cpu.Usage.Kernel, Is.EqualTo(cgroup.Number("cpuacct", "cpuacct.stat", "system") * 10_000_000));
        Assert.That(stats.Memory.Usage.Limit, Is.EqualTo(64 * Megabyte));

        // The kernel counts memory by processor, and adds up when it likes.
        Assert.That(stats.Memory.Usage.Usage, Is.EqualTo(cgroup.Number("memory", "memory.usage_in_bytes")).Within(Megabyte).And.GreaterThan(8_000_000));
        Assert.That(stats.Memory.Usage.Max, Is.EqualTo(cgroup.Number("memory", "memory.max_usage_in_bytes")));
        Assert.That(stats.Memory.Cache, Is.EqualTo(cgroup.Number("memory", "memory.stat", "cache")).Within(Megabyte).And.GreaterThanOrEqualTo(8_000_000));
        Assert.That(stats.Memory.Rss, Is.EqualTo(cgroup.Number("memory", "memory.stat", "rss")).Within(Megabyte));
        Assert.That(stats.Memory.HierarchicalMemoryLimit, Is.EqualTo(64 * Megabyte));
        Assert.That(stats.MemoryOomControl.OomKill, Is.Zero);
        await task.KillAndDeleteAsync();
    }

    [Test]
    public async Task Pids_OfAContainerWithExecs_AreAllOfThem()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        int exec = await task.ExecAsync("exec", ["sleep", "1000"]);

        Assert.That(await task.PidsAsync(), Is.EquivalentTo((int[])[task.Pid, exec]));
        await task.KillAndDeleteAsync();
    }
}
