using ContainerShim.Sdk.Integration.Tests.Cri.V1;
using ContainerShim.Sdk.Integration.Tests.Harness;

namespace ContainerShim.Sdk.Integration.Tests.Cri;

/// <summary>What containers use, what they may use, and what happens past that.</summary>
public sealed class ResourceTests : CriFixture
{
    private const long Megabyte = 1 << 20;

    [Test]
    public async Task ContainerStats_OfARunningContainer_ShowTheTimeAndTheMemoryItUsed()
    {
        CriContainer container = await Pod.RunAsync("c", ["sh", "-c", "i=0; while [ $i -lt 20000 ]; do i=$((i + 1)); done; exec sleep 1000"]);

        ContainerStats stats = await Eventually.BecomesAsync(
            container.StatsAsync, stats => stats.Cpu?.UsageCoreNanoSeconds?.Value > 1_000_000, "processor time is counted");

        Assert.That(stats.Attributes.Id, Is.EqualTo(container.Id));
        Assert.That(stats.Memory.WorkingSetBytes.Value, Is.InRange(1, 64 * (ulong)Megabyte));
    }

    [Test]
    public async Task ListPodSandboxStats_OfAPod_ShowTheProcessesAndTheMemoryOfItsContainers()
    {
        CriContainer first = await Pod.RunAsync("first", ["sleep", "1000"]);
        CriContainer second = await Pod.RunAsync("second", ["sh", "-c", "sleep 1000 & wait"]);

        PodSandboxStats stats = await Eventually.BecomesAsync(
            Pod.StatsAsync, stats => stats.Linux?.Process?.ProcessCount?.Value == 3, "the sleep and the shell with its child are counted");

        Assert.That(stats.Attributes.Id, Is.EqualTo(Pod.Id));
        Assert.That(stats.Linux.Containers.Select(container => container.Attributes.Id), Is.EquivalentTo((string[])[first.Id, second.Id]));
        Assert.That(stats.Linux.Memory.WorkingSetBytes.Value, Is.Positive);
    }

    [Test]
    public async Task Update_OfARunningContainer_IsSeenInItsCgroup()
    {
        CriContainer container = await Pod.RunAsync("c", ["sleep", "1000"]);

        await container.UpdateAsync(new LinuxContainerResources { CpuShares = 512, MemoryLimitInBytes = 64 * Megabyte });

        bool unified = File.Exists($"/sys/fs/cgroup/{Site.Namespace}/cgroup.procs");
        Assert.That(container.ReadCgroup("memory", unified ? "memory.max" : "memory.limit_in_bytes"), Is.EqualTo($"{64 * Megabyte}"));
        Assert.That(container.ReadCgroup("cpu", unified ? "cpu.weight" : "cpu.shares"), unified ? Is.Not.EqualTo("100") : Is.EqualTo("512"));
    }

    [Test]
    public async Task Container_ThatUsesTooMuchMemory_IsToldAsKilledForThat()
    {
        CriContainer container = await Pod.RunAsync(
            "c",
            ["sh", "-c", "exec tail /dev/zero"],
            config => config.Linux.Resources = new LinuxContainerResources { MemoryLimitInBytes = 32 * Megabyte });

        ContainerStatus status = await container.ExitedAsync();

        Assert.That((status.ExitCode, status.Reason), Is.EqualTo((128 + 9, "OOMKilled")));
    }
}
