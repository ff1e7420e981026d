using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Events;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>One container through all of its life.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class LifecycleTests(string runtime) : ShimFixture(runtime)
{
    [Test]
    public async Task Container_ThatRunsToItsEnd_LeavesNothingAndTellsAll()
    {
        TestBundle bundle = Site.NewBundle(new BundleOptions { Args = ["sh", "-c", "exit 7"] });
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);
        task.Expect(7);

        Assert.That(await task.WaitAsync(), Is.EqualTo(7));
        await task.StateAsync();
        await task.DeleteAsync();
        await shim.ShutdownAsync();

        Assert.That(Events.All().Select(e => e.Message.GetType()), Is.EqualTo((Type[])[typeof(TaskCreate), typeof(TaskStart), typeof(TaskExit), typeof(TaskDelete)]));
        Assert.That(Events.All().Select(e => e.Envelope.Namespace), Has.All.EqualTo(Site.Namespace));
        await Site.AssertNothingIsLeftAsync();
    }
}
