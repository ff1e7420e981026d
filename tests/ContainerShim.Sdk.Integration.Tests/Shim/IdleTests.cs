using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>A shim that has nothing to do does nothing, and one that nobody uses ends.</summary>
public sealed class IdleTests : ShimFixture
{
    [Test]
    public async Task Shim_WithAContainerThatSleeps_UsesAlmostNoProcessorTime()
    {
        TestBundle bundle = Site.NewBundle();
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdin: true, stdout: true, stderr: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        stdio.Read(stdio.Stdout);
        stdio.Read(stdio.Stderr);
        await shim.RunAsync(bundle, stdio);

        // What the start has left to do is not what is measured.
        await Task.Delay(TimeSpan.FromMilliseconds(500));
        TimeSpan before = ProcessCensus.ProcessorTime(shim.Pid);
        await Task.Delay(TimeSpan.FromSeconds(3));

        Assert.That(ProcessCensus.ProcessorTime(shim.Pid) - before, Is.LessThan(TimeSpan.FromMilliseconds(10)));
    }

    [Test]
    public async Task Shim_InWhichNobodyCreatesAnything_EndsByItselfAndTellsNobody()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle, prefix: ["env", "CONTAINERSHIM_IDLE_TIMEOUT=1"]);
        Assert.That(File.Exists(shim.SocketPath), Is.True);

        await shim.GoneAsync();

        Assert.That(File.Exists(shim.SocketPath), Is.False);
        Assert.That(Events.All(), Is.Empty);
        await Site.AssertNothingIsLeftAsync();
    }

    [Test]
    public async Task Shim_WithAContainerThatGoes_EndsOnlyAfterIt()
    {
        TestBundle bundle = Site.NewBundle();
        RawShim shim = await Site.StartShimAsync(bundle, prefix: ["env", "CONTAINERSHIM_IDLE_TIMEOUT=1"]);
        RawTask task = await shim.RunAsync(bundle);

        // Twice the timeout passes: what a shim without containers stays at most.
        await Task.WhenAny(shim.Closed, Task.Delay(TimeSpan.FromSeconds(2.5)));
        Assert.That(ProcFs.IsAlive(shim.Pid), Is.True);
        await task.KillAndDeleteAsync();

        await shim.GoneAsync();
        await Site.AssertNothingIsLeftAsync();
    }
}
