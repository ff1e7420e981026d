using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Types;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>What signals do to the shim. Containers outlive it.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.Every))]
[Parallelizable(ParallelScope.Self)]
public sealed class SignalTests(string runtime) : ShimFixture(runtime)
{
    [TestCase(Native.SigTerm)]
    [TestCase(Native.SigInt)]
    public async Task Shim_ToldToEnd_EndsWithoutItsContainersAndRemovesItsSocket(int signal)
    {
        ShimEndsFirst = true;
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);

        shim.Signal(signal);
        await shim.GoneAsync();

        Assert.That(ProcFs.IsAlive(task.Pid));
        Assert.That(File.Exists(shim.SocketPath), Is.False);
        await Site.DeleteAsync(bundle);
        await Site.AssertNothingIsLeftAsync();
    }

    [TestCase(Native.SigHup)]
    [TestCase(Native.SigPipe)]
    [TestCase(Native.SigUsr1)]
    public async Task Shim_AfterAHarmlessSignal_GoesOn(int signal)
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.RunAsync(bundle);

        shim.Signal(signal);

        Assert.That(await task.ExecToEndAsync("exec", "true"), Is.Zero);
        Assert.That((await task.StateAsync()).Status, Is.EqualTo(Status.Running));
        await task.KillAndDeleteAsync();
        await shim.ShutdownAsync();
        await Site.AssertNothingIsLeftAsync();
    }
}
