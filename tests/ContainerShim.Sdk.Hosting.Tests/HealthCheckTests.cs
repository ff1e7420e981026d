using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ContainerShim.Sdk.Hosting.Tests;

internal sealed class HealthCheckTests
{
    private const ProcessMonitorAbilities Full = ProcessMonitorAbilities.Children | ProcessMonitorAbilities.AnyProcess;

    [Test]
    public void Judge_NothingMissing_IsHealthyWithTheFactsAsData()
    {
        HealthCheckResult result = Judge(CgroupMode.V2, Full, pending: 999);

        Assert.That(result.Status, Is.EqualTo(HealthStatus.Healthy));
        Assert.That(result.Description, Is.EqualTo("runc version 1.3.0, cgroups V2"));
        Assert.That(result.Data, Is.EquivalentTo(new Dictionary<string, object>
        {
            ["runtime"] = "runc version 1.3.0",
            ["cgroups"] = "V2",
            ["exitStatus"] = "Children, AnyProcess",
            ["containers"] = 2,
            ["pendingEvents"] = 999,
        }));
    }

    [TestCase(CgroupMode.Unavailable, Full, 0, "mount one at /sys/fs/cgroup")]
    [TestCase(CgroupMode.V1, ProcessMonitorAbilities.Children, 0, "use ExitTracking Reaper, the default")]
    [TestCase(CgroupMode.V2, Full, 1000, "1000 events wait for their receiver")]
    public void Judge_SomethingMissing_IsDegradedAndSaysWhatToDo(CgroupMode cgroups, ProcessMonitorAbilities abilities, int pending, string advice)
    {
        HealthCheckResult result = Judge(cgroups, abilities, pending);

        Assert.That(result.Status, Is.EqualTo(HealthStatus.Degraded));
        Assert.That(result.Description, Does.Contain(advice));
    }

    [Test]
    public void Judge_ASubreaper_NeedsNoNewKernel() =>
        Assert.That(Judge(CgroupMode.Hybrid, ProcessMonitorAbilities.Children | ProcessMonitorAbilities.Descendants, 0).Status, Is.EqualTo(HealthStatus.Healthy));

    private static HealthCheckResult Judge(CgroupMode cgroups, ProcessMonitorAbilities abilities, int pending) => ContainerShimHealthCheck.Judge(
        new EngineDescription
        {
            Runtime = new RuntimeDescription("runc version 1.3.0", default),
            Cgroups = cgroups,
            MonitorAbilities = abilities,
            Containers = 2,
            PendingEvents = pending,
        }, degradedFrom: 1000);
}
