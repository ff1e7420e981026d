using System.Text.Json.Nodes;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;

namespace ContainerShim.Sdk.VmDriver.Guest;

/// <summary>New limits for a running container, by each runtime.</summary>
[TestFixture("runc")]
[TestFixture("crun")]
public sealed class UpdateTests(string runtime) : GuestFixture
{
    [Test]
    public async Task Update_OfAllLimits_IsInTheFilesAndInTheStats()
    {
        GuestTask task = await RunAsync(new BundleOptions { MemoryLimit = 64 << 20 }, runtime);

        await task.UpdateAsync(new JsonObject
        {
            ["memory"] = new JsonObject { ["limit"] = 32 << 20, ["swap"] = 32 << 20 },
            ["pids"] = new JsonObject { ["limit"] = 17 },
            ["cpu"] = new JsonObject { ["quota"] = 50_000, ["period"] = 100_000 },
        });

        var stats = await task.StatsAsync();
        Assert.Multiple(() =>
        {
            Assert.That(task.Read("memory.max"), Is.EqualTo($"{32 << 20}"));
            Assert.That(task.Read("pids.max"), Is.EqualTo("17"));
            Assert.That(task.Read("cpu.max"), Is.EqualTo("50000 100000"));
            Assert.That(stats.Memory.UsageLimit, Is.EqualTo((ulong)(32 << 20)));
            Assert.That(stats.Pids.Limit, Is.EqualTo(17));
        });
        await EndAsync(task);
    }
}
