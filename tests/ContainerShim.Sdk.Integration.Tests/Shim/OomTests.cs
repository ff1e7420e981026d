using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Who was killed for want of memory is told so, and only then, before its exit.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class OomTests(string runtime) : ShimFixture(runtime)
{
    /// <summary>Fills memory that belongs to the container until it is killed.</summary>
    private static readonly string[] _eater = ["sh", "-c", "exec tail /dev/zero"];

    [Test]
    public async Task OomKill_OfInit_IsToldBeforeItsExit()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = _eater, MemoryLimit = 20 << 20 });
        RawTask task = await RunAsync(bundle);
        task.Expect(137);

        Assert.That(await task.WaitAsync(), Is.EqualTo(137));
        await task.DeleteAsync();
        await Events.WaitForAsync(e => e.Message is TaskDelete, "the deletion");

        Assert.That(Types(bundle).Where(type => type != typeof(TaskOOM)), Has.Exactly(4).Items);
        Assert.That(Types(bundle).IndexOf(typeof(TaskOOM)), Is.InRange(1, Types(bundle).IndexOf(typeof(TaskExit)) - 1));
    }

    [Test]
    public async Task OomKill_InTheFirstMilliseconds_IsToldEachTime()
    {
        for (int i = 0; i < 10; i++)
        {
            // Little more than runc itself needs, so that it happens at once.
            TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["tail", "/dev/zero"], MemoryLimit = 12 << 20 });
            RawTask task = await RunAsync(bundle);
            Assert.That(await task.WaitAsync(), Is.EqualTo(137));
            await task.DeleteAsync();
            Assert.That(Types(bundle).IndexOf(typeof(TaskOOM)), Is.InRange(1, Types(bundle).IndexOf(typeof(TaskExit)) - 1), $"round {i}");
        }
    }

    [Test]
    public async Task OomKill_OfAnExec_IsToldWhileTheContainerGoesOn()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { MemoryLimit = 20 << 20 });
        RawTask task = await RunAsync(bundle);

        Assert.That(await task.ExecToEndAsync("eater", _eater), Is.EqualTo(137));
        await Events.WaitForAsync(e => e.Message is TaskOOM && e.ContainerId == task.Id, "OOM");

        await task.KillAndDeleteAsync();
        Assert.That(Types(bundle).Count(type => type == typeof(TaskOOM)), Is.EqualTo(1));
    }

    [Test]
    public async Task Containers_KilledAndRemoved_TellOfNoOom()
    {
        for (int i = 0; i < 10; i++)
        {
            // Its end and the removal of its cgroup make the kernel notify all the same.
            RawTask task = await RunAsync(Site.NewBundle(new BundleOptions { MemoryLimit = 20 << 20 }));
            await task.KillAndDeleteAsync();
        }

        Assert.That(Events.All().Select(e => e.Message), Has.None.InstanceOf<TaskOOM>());
    }

    private async Task<RawTask> RunAsync(TestBundle bundle) => await (await Site.StartShimAsync(bundle)).RunAsync(bundle);

    private List<Type> Types(TestBundle bundle) => [.. Events.All().Where(e => e.ContainerId == bundle.Id).Select(e => e.Message.GetType())];
}
