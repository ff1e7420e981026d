using System.Text.Json.Nodes;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Processes;
using Microsoft.Extensions.Logging.Abstractions;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>The engine in process, as a subreaper and not, on a kernel that keeps exit statuses and on one that does not.</summary>
public sealed class EngineTests
{
    private ShimSite _site = null!;

    private static bool KernelKeepsStatuses => Environment.OSVersion.Version >= new Version(6, 15);

    [SetUp]
    public void MakeSite()
    {
        Orphans.LeaveToInit();
        _site = ShimSite.Create(TestedRuntime.Of(TestedRuntime.Runc));
    }

    [TearDown]
    public async Task RemoveSite() => await _site.DisposeAsync();

    [Test]
    public void Monitor_OfThisKernel_TellsWhatItCan()
    {
        using OwnedLinuxHost host = new(NullLogger.Instance, isSubreaper: false, isShared: true);

        Assert.That(host.Monitor.Abilities.HasFlag(ProcessMonitorAbilities.AnyProcess), Is.EqualTo(KernelKeepsStatuses));
        Assert.That(host.Monitor.Abilities.HasFlag(ProcessMonitorAbilities.Children));
    }

    [Test]
    public async Task Container_OfAnEngineWithAReaper_EndsWithItsCode() => await EndsWithItsCodeAsync(ExitTracking.Reaper);

    [Test]
    public async Task Container_OfAnEngineThatIsSubreaper_EndsWithItsCode() => await EndsWithItsCodeAsync(ExitTracking.Subreaper);

    [Test]
    public async Task Container_OfAnEngineThatAsksTheKernel_EndsWithItsCodeWhereTheKernelKeepsIt()
    {
        if (KernelKeepsStatuses)
        {
            await EndsWithItsCodeAsync(ExitTracking.KernelInfo);
        }
        else
        {
            ShimException refusal = (await Assert.ThrowsAsync<ShimException>(() => EndsWithItsCodeAsync(ExitTracking.KernelInfo)))!;
            Assert.That(refusal.Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));
        }
    }

    [Test]
    public async Task Container_EndedByTheOomKiller_SaysSo()
    {
        ProcessExit exit = await RunToEndAsync(
            ExitTracking.Reaper,
            new BundleOptions { MemoryLimit = 16 << 20, Args = ["dd", "if=/dev/zero", "of=/dev/null", "bs=64M", "count=1"] });

        Assert.That((exit.ExitCode, exit.OomKilled), Is.EqualTo((137, true)));
    }

    /// <summary>The engine is given no mounts here, so the bundle names a root file system that needs none.</summary>
    private static void UseRootfsInPlace(TestBundle bundle)
    {
        string file = bundle.PathOf("config.json");
        JsonNode spec = JsonNode.Parse(File.ReadAllText(file))!;
        spec["root"]!["path"] = TestPaths.Rootfs;
        File.WriteAllText(file, spec.ToJsonString());
    }

    private async Task EndsWithItsCodeAsync(ExitTracking exitTracking)
    {
        ProcessExit exit = await RunToEndAsync(exitTracking, new BundleOptions { Args = ["sh", "-c", "exit 44"] });

        Assert.That((exit.ExitCode, exit.OomKilled), Is.EqualTo((44, false)));
    }

    private async Task<ProcessExit> RunToEndAsync(ExitTracking exitTracking, BundleOptions options)
    {
        TestBundle bundle = _site.NewBundle(options);
        UseRootfsInPlace(bundle);
        await using ContainerShimEngine engine = ContainerShimEngine.Create(new ContainerShimOptions
        {
            Namespace = _site.Namespace,
            StateDirectory = _site.StateDirectory,
            ExitTracking = exitTracking,
        });
        await using ShimContainer container = await engine.CreateContainerAsync(bundle.Id, bundle.Path);
        await container.StartAsync();
        return await container.WaitAsync().WaitAsync(Pace.Of(TimeSpan.FromSeconds(20)));
    }
}
