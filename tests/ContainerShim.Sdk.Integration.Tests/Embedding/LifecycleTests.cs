using System.Diagnostics;
using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Stats;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>From the start of a container to its end, and what is seen of it.</summary>
public sealed class LifecycleTests : EmbeddingFixture
{
    [Test]
    public async Task Stop_OfAContainerThatIgnoresSigterm_KillsItAfterTheGrace()
    {
        ShimContainer container = await RunAsync(EmbeddedSite.Stubborn(), ContainerStdio.OutputStreams);
        await EmbeddedSite.ReadyAsync(container);
        long begun = Stopwatch.GetTimestamp();
        ProcessExit exit = await container.StopAsync(TimeSpan.FromSeconds(1)).WaitAsync(EmbeddedSite.Bound);

        Assert.That(exit.ExitCode, Is.EqualTo(137));
        Assert.That(Stopwatch.GetElapsedTime(begun), Is.GreaterThanOrEqualTo(TimeSpan.FromSeconds(1)));
    }

    [Test]
    public async Task Stop_WithTheSignalOfTheBundle_EndsInOrder()
    {
        ShimContainer container = await RunAsync(
            EmbeddedSite.Shell("trap 'exit 5' QUIT; echo ready; while :; do sleep 0.1; done").WithStopSignal(LinuxSignal.Quit),
            ContainerStdio.OutputStreams);
        await EmbeddedSite.ReadyAsync(container);
        Assert.That((await container.StopAsync(EmbeddedSite.Bound).WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(5));
    }

    [Test]
    public async Task Stop_OfAPausedContainer_LetsItFollow()
    {
        ShimContainer container = await RunAsync(
            EmbeddedSite.Shell("trap 'exit 5' TERM; echo ready; while :; do sleep 0.1; done"), ContainerStdio.OutputStreams);
        await EmbeddedSite.ReadyAsync(container);
        await container.PauseAsync();
        Assert.That(container.Status, Is.EqualTo(ContainerStatus.Paused));
        Assert.That((await container.StopAsync(EmbeddedSite.Bound).WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(5));
    }

    [Test]
    public async Task Wait_ForAContainerOutOfMemory_TellsTheReason()
    {
        ShimContainer container = await RunAsync(
            EmbeddedSite.Shell("x=x; while :; do x=$x$x; done").WithLimits(new ResourceLimits { Memory = 16L << 20, MemoryAndSwap = 16L << 20 }));
        ProcessExit exit = await container.WaitAsync().WaitAsync(EmbeddedSite.Bound);
        Assert.That((exit.ExitCode, exit.OomKilled), Is.EqualTo((137, true)));
    }

    [Test]
    public async Task Stats_Watched_GrowAndEndWithTheContainer()
    {
        ShimContainer container = await RunAsync(
            EmbeddedSite.Shell("while :; do :; done").WithLimits(new ResourceLimits { Memory = 64L << 20, Pids = 20 }));
        List<ContainerStats> seen = [];
        await foreach (ContainerStats stats in container.WatchStatsAsync(TimeSpan.FromMilliseconds(200)))
        {
            seen.Add(stats);
            if (seen.Count == 4)
            {
                await container.KillAsync();
            }
        }

        Assert.That(container.Exit, Is.Not.Null);
        Assert.That(seen.Take(4).Select(stats => stats.Cpu.Usage), Is.Ordered.And.Unique);
        Assert.That(seen.Zip(seen.Skip(1), (one, next) => next.Timestamp - one.Timestamp), Is.All.GreaterThan(TimeSpan.Zero));
        Assert.That(
            seen.Select(stats => (stats.Memory.Limit, stats.Pids.Limit)), Is.All.EqualTo(((long?)(64 << 20), (long?)20)));
        Assert.That(seen.Take(4).Select(stats => stats.Memory.Usage), Is.All.InRange(1, 64 << 20));
        Assert.That(seen[0].Pids.Current, Is.EqualTo(1));
    }

    [Test]
    public async Task Update_OfLimits_IsSeenInTheCgroup()
    {
        ShimContainer container = await RunAsync(
            EmbeddedSite.Shell("sleep 1000").WithLimits(new ResourceLimits { Memory = 64L << 20, Pids = 50 }));
        await container.UpdateAsync(new ResourceLimits { Memory = 32L << 20, Cpus = 0.25 });

        Assert.That(Read("memory.limit_in_bytes", "memory.max"), Is.EqualTo($"{32 << 20}"));
        Assert.That(Read("cpu.cfs_quota_us", "cpu.max"), Does.StartWith("25000"));
        Assert.That(Read("pids.max", "pids.max"), Is.EqualTo("50"));
        Assert.That((await container.StatsAsync()).Memory.Limit, Is.EqualTo(32 << 20));

        string Read(params string[] names) => Census.CgroupsOf(Site.Namespace)
            .SelectMany(directory => names.Select(name => Path.Combine(directory, name)))
            .Where(File.Exists).Select(path => File.ReadAllText(path).Trim()).First();
    }

    [Test]
    public async Task Events_OfSeveralReaders_AreTheSame()
    {
        Task<List<string>> first = TopicsAsync();
        Task<List<string>> second = TopicsAsync();
        await using (ShimContainer container = await RunAsync(EmbeddedSite.Shell("exit 0")))
        {
            await container.WaitAsync().WaitAsync(EmbeddedSite.Bound);
        }

        await Engine.DisposeAsync();
        string[] expected = ["/tasks/create", "/tasks/start", "/tasks/exit", "/tasks/delete"];
        Assert.That(await first.WaitAsync(EmbeddedSite.Bound), Is.EqualTo(expected));
        Assert.That(await second.WaitAsync(EmbeddedSite.Bound), Is.EqualTo(expected));

        async Task<List<string>> TopicsAsync()
        {
            List<string> topics = [];
            await foreach (Events.EventEnvelope envelope in Engine.Events.ReadAllAsync())
            {
                topics.Add(envelope.Event.Topic);
            }

            return topics;
        }
    }

    [Test]
    public async Task RootfsMounts_OfABuilder_GoWithTheContainer()
    {
        ShimContainer container = await RunAsync(new BundleBuilder()
            .WithRootfsMounts([new RootfsMount { Type = "bind", Source = TestPaths.Rootfs, Options = ["rbind", "ro"] }])
            .WithArgs("true"));
        Assert.That(Census.MountsBelow(Site.Directory), Has.Count.EqualTo(1));
        Assert.That((await container.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.Zero);

        await container.DeleteAsync();
        Assert.That(Census.MountsBelow(Site.Directory), Is.Empty);
        Assert.That(Directory.Exists(container.BundlePath), Is.False);
        Assert.That(File.Exists(Path.Combine(TestPaths.Rootfs, "bin/sh")));
    }

    [Test]
    public async Task Handle_OfADeletedContainer_LeavesItsSuccessorAlone()
    {
        ShimContainer first = await RunAsync(EmbeddedSite.Shell("exit 4"));
        await first.WaitAsync().WaitAsync(EmbeddedSite.Bound);
        await first.DeleteAsync();
        ShimContainer second = await RunAsync(EmbeddedSite.Shell("sleep 1000"));

        await first.DisposeAsync();
        Assert.That((await first.WaitAsync()).ExitCode, Is.EqualTo(4));
        ShimException? refusal = await Assert.ThrowsAsync<ShimException>(() => first.KillAsync());
        Assert.That(refusal!.Code, Is.EqualTo(ShimErrorCode.NotFound));
        Assert.That(second.Status, Is.EqualTo(ContainerStatus.Running));
        Assert.That(Engine.GetContainer("c1"), Is.SameAs(second));
    }
}
