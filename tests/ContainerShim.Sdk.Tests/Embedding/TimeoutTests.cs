using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Embedding;

internal sealed class TimeoutTests
{
    private static readonly TimeSpan Timeout = TimeSpan.FromSeconds(30);

    [Test]
    public async Task TimedOut_OfAProcessThatRunsTooLong_IsTold()
    {
        EmbeddedHarness harness = new();
        harness.Run("c");
        ShimProcess process = harness.StartExec("c", "e", Timeout);

        harness.Engine.Time.Advance(Timeout);

        Assert.That((await process.WaitAsync().WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        Assert.That(process.TimedOut);
    }

    [Test]
    public async Task TimedOut_OfAProcessThatSomebodyElseKilledBefore_IsFalseForGood()
    {
        EmbeddedHarness harness = new();
        harness.Run("c");
        ShimProcess process = harness.StartExec("c", "e", Timeout);

        await process.KillAsync();
        Assert.That((await process.WaitAsync().WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        harness.Engine.Time.Advance(Timeout);

        Assert.That(process.TimedOut, Is.False);
    }
}
