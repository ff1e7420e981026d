using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Testing.Conformance;
using ContainerShim.Sdk.Testing.Shims;

namespace ContainerShim.Sdk.Integration.Tests.Conformance;

/// <summary>The shim binary keeps the contract that task services of others are held to, through its socket.</summary>
[Parallelizable(ParallelScope.Self)]
public sealed class TaskServiceConformanceTests : ShimFixture
{
    /// <summary>The cgroups above those of the containers, which stay when the containers go.</summary>
    [OneTimeTearDown]
    public void RemoveParents()
    {
        foreach (string parent in Directory.EnumerateDirectories("/sys/fs/cgroup").Append("/sys/fs/cgroup").Select(static path => Path.Combine(path, "conformance")))
        {
            if (Directory.Exists(parent))
            {
                Directory.Delete(parent);
            }
        }
    }

    [TestCaseSource(typeof(TaskServiceConformance), nameof(TaskServiceConformance.Checks))]
    public async Task ShimBinary_KeepsItsContract(ConformanceCheck<TaskServiceSubject> check)
    {
        RawShim shim = await Site.StartShimAsync(Site.NewBundle());
        await using ShimClient client = new(shim.SocketPath);

        ConformanceOutcome outcome = await check.RunAsync(
            TaskServiceSubject.OnRootfs(client, TestPaths.Rootfs, Directory.CreateDirectory(Path.Combine(Site.Directory, "conformance")).FullName));

        // Its events go to the site, whose rules are applied to them at the end of each test.
        Assert.That(outcome.IsApplicable, Is.EqualTo(check.Name != "Events_KeepTheirOrderAndAreComplete"), outcome.WhyNotApplicable);
        await shim.ShutdownAsync();
    }
}
