using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Testing.Conformance;
using ContainerShim.Sdk.Testing.Shims;

namespace ContainerShim.Sdk.Integration.Tests.Conformance;

/// <summary>The sandbox service of the shim binary keeps the contract that services of others are held to; each check has a shim of its own.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class SandboxConformanceTests : ShimFixture
{
    [TestCaseSource(typeof(SandboxConformance), nameof(SandboxConformance.Checks))]
    public async Task NamespaceSandbox_ThroughAShim_KeepsItsContract(ConformanceCheck<SandboxSubject> check)
    {
        RawShim? shim = null;

        ConformanceOutcome outcome = await check.RunAsync(new SandboxSubject
        {
            MakeServiceAsync = async _ =>
            {
                TestBundle bundle = Site.NewBundle();
                File.Delete(bundle.PathOf("config.json"));
                shim = await Site.StartShimAsync(bundle);
                return new SandboxClient(shim.SocketPath);
            },
            Kill = static pid => Native.Signal(pid, Native.SigKill),
        });

        Assert.That(outcome.WhyNotApplicable, Is.Empty);
        await shim!.GoneAsync();
        await Site.AssertNothingIsLeftAsync();
    }
}
