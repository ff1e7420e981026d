using ContainerShim.Sdk.Mounts;

namespace ContainerShim.Sdk.Tests.Mounts;

internal sealed class MountThreadTests
{
    [Test]
    public async Task Run_NoThreadToBeHad_IsExhausted()
    {
        ShimException error = await Failure.OfAsync(() => MountThread.RunAsync(static () => 0, static _ => throw new OutOfMemoryException()));
        Assert.That((error.Code, error.Message), Is.EqualTo((ShimErrorCode.ResourceExhausted, "no thread can be started for a mount: resource exhausted")));
    }
}
