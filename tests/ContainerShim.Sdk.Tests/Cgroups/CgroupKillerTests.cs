using System.Globalization;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Tests.Linux;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>Whom a kill must not reach, and what it does on kernels without <c>cgroup.kill</c>.</summary>
internal sealed class CgroupKillerTests
{
    [Test]
    public async Task KillAll_CgroupThatHoldsTheShimItself_IsRefused()
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/c");
        tree.Write("/sys/fs/cgroup/c/cgroup.procs", Environment.ProcessId.ToString(CultureInfo.InvariantCulture) + "\n")
            .Write("/sys/fs/cgroup/c/cgroup.kill", "");
        using ICgroup cgroup = Recording.Loader(tree.Root).Load(7);
        ShimException failure = (await Assert.ThrowsAsync<ShimException>(() => cgroup.KillAllAsync()))!;
        Assert.That(failure.Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));
        Assert.That(File.ReadAllText(tree.Path("/sys/fs/cgroup/c/cgroup.kill")), Is.Empty);
    }

    [Test]
    public async Task KillAll_KernelWithCgroupKill_WritesOneAndSignalsNobody()
    {
        using OsFixture os = new();
        using TemporaryTree tree = TemporaryTree.WithV2("/c");
        using IProcessWatch bystander = os.StartShell("exec sleep 1000");
        tree.Write("/sys/fs/cgroup/c/cgroup.procs", bystander.Pid.ToString(CultureInfo.InvariantCulture) + "\n").Write("/sys/fs/cgroup/c/cgroup.kill", "");
        using ICgroup cgroup = Recording.Loader(tree.Root).Load(7);
        using CancellationTokenSource stop = new();

        Task killing = cgroup.KillAllAsync(stop.Token);
        await OsFixture.UntilAsync(() => File.ReadAllText(tree.Path("/sys/fs/cgroup/c/cgroup.kill")) == "1");
        await stop.CancelAsync();

        Assert.That(async () => await killing, Throws.InstanceOf<OperationCanceledException>());
        Assert.That(bystander.Exited.IsCompleted, Is.False, "the kernel kills; a second signal could hit somebody else");
        bystander.Signal(9);
        await bystander.Exited.WaitAsync(OsFixture.Bound);
    }

    [Test]
    public async Task KillAll_KernelWithoutCgroupKill_SignalsUntilTheListIsEmpty()
    {
        using OsFixture os = new();
        using TemporaryTree tree = TemporaryTree.WithV2("/c");
        using IProcessWatch victim = os.StartShell("exec sleep 1000");
        tree.Write("/sys/fs/cgroup/c/cgroup.procs", $"{victim.Pid}\n").Write("/sys/fs/cgroup/c/cgroup.freeze", "1\n");
        using ICgroup cgroup = Recording.Loader(tree.Root).Load(7);

        Task killing = cgroup.KillAllAsync();
        Assert.That((await victim.Exited.WaitAsync(OsFixture.Bound)).ExitCode, Is.EqualTo(137));
        Assert.That(killing.IsCompleted, Is.False, "the list still names the process");
        tree.Write("/sys/fs/cgroup/c/cgroup.procs", "");
        await killing.WaitAsync(OsFixture.Bound);

        Assert.That(File.ReadAllText(tree.Path("/sys/fs/cgroup/c/cgroup.freeze")), Does.StartWith("0"));
    }
}
