using ContainerShim.Sdk.Linux;

namespace ContainerShim.Sdk.Tests.Linux;

internal sealed class OwnThreadTests
{
    [Test]
    public async Task Run_NoThreadToBeHad_IsExhausted()
    {
        ShimException error = await Failure.OfAsync(
            () => OwnThread.RunAsync(static () => 0, "mount", "a mount", static _ => throw new OutOfMemoryException()));
        Assert.That((error.Code, error.Message), Is.EqualTo((ShimErrorCode.ResourceExhausted, "no thread can be started for a mount: resource exhausted")));
    }

    [Test]
    public async Task Run_WorkThatFails_FailsTheTask()
    {
        Task<int> run = OwnThread.RunAsync<int>(static () => throw new InvalidDataException("text"), "mount", "a mount");
        await Assert.ThrowsAsync(Is.TypeOf<InvalidDataException>().With.Message.EqualTo("text"), () => run);
    }
}
