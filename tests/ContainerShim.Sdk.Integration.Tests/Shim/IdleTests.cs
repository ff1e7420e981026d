using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>A shim that has nothing to do does nothing.</summary>
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
}
