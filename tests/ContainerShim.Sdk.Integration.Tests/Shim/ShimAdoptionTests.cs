using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>The shim dies by SIGKILL, and <c>start</c> is run once more on the bundle of its container, which runs on.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class ShimAdoptionTests(string runtime) : ShimFixture(runtime)
{
    [Test]
    public async Task Start_OnTheBundleOfAKilledShim_TakesItsContainersOver()
    {
        const int Usr1 = 10;
        const string UntilTold = "trap 'exit 9' USR1; while :; do sleep 0.1; done";
        TestBundle bundle = Site.NewBundle(new BundleOptions { Group = "g", Args = ["sh", "-c", UntilTold] });
        TestBundle neighbour = Site.NewBundle(new BundleOptions { Group = "g" });
        RawShim first = await Site.StartShimAsync(bundle);
        RawTask task = await first.RunAsync(bundle);
        // As containerd does for every container: it leaves the address of the shim in the bundle.
        (await Site.InvokeAsync("start", neighbour)).EnsureSuccess();
        RawTask created = await first.CreateAsync(neighbour);
        await task.ExecAsync("exec", ["sh", "-c", UntilTold]);
        await Events.WaitForAsync(static told => told.Topic == "/tasks/exec-started", "what the shim has done is told");
        await first.Kill9Async();

        RawShim second = await Site.StartShimAsync(bundle);
        RawTask again = new(second, Site.Facts, bundle, task.Pid);
        RawTask createdAgain = new(second, Site.Facts, neighbour, created.Pid);
        Assert.That(second.Pid, Is.Not.EqualTo(first.Pid));
        Assert.That((await again.StateAsync()).Status, Is.EqualTo(Status.Running));
        Assert.That((await again.StateAsync("exec")).Status, Is.EqualTo(Status.Running));
        Assert.That((await createdAgain.StateAsync()).Status, Is.EqualTo(Status.Created));
        again.Expect(9, "exec");
        again.Expect(9);
        Assert.That(await again.ExecToEndAsync("further", "true"), Is.Zero);
        await again.KillAsync(Usr1, "exec");
        Assert.That(await again.WaitAsync("exec"), Is.EqualTo(9));
        await again.KillAsync(Usr1);
        Assert.That(await again.WaitAsync(), Is.EqualTo(9));
        await again.DeleteAsync();
        await createdAgain.StartAsync();
        await createdAgain.KillAndDeleteAsync();
        await second.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Container_TakenOverAfterItsInitHasLeftItsCgroup_IsKilledInTheOneItWasMadeIn()
    {
        await using OtherCgroup other = new();
        TestBundle bundle = Site.NewBundle(new BundleOptions { HasPidNamespace = false, Args = ["sh", "-c", "sleep 1000 & wait"] });
        RawShim first = await Site.StartShimAsync(bundle);
        RawTask task = await first.RunAsync(bundle);
        CgroupFiles cgroup = new(Site, task.Id);
        int[] pids = await Eventually.ShowsAsync(cgroup.Processes, pids => pids.Length == 2, "both processes run");
        other.Move(task.Pid);
        await first.Kill9Async();

        RawShim second = await Site.StartShimAsync(bundle);
        RawTask again = new(second, Site.Facts, bundle, task.Pid);
        Assert.That(await again.PidsAsync(), Is.EqualTo(pids.Except([task.Pid])), "what is in the cgroup of the container");
        await again.KillAsync();
        await again.WaitAsync();

        Assert.That(pids.Where(ProcFs.IsAlive), Is.Empty);
        Assert.That(other.BystanderLives);
        await again.DeleteAsync();
        await second.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }
}
