using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runtimes;

namespace ContainerShim.Sdk.Tests.Cgroups;

internal sealed class CgroupVacancyTests
{
    private const string V1 =
        "34 25 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n35 25 0:30 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n";

    private const string V2 = "34 25 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n";

    [TestCase(V1, "/sys/fs/cgroup/memory/ns/c1")]
    [TestCase(V1, "/sys/fs/cgroup/pids/ns/c1")]
    [TestCase(V2, "/sys/fs/cgroup/ns/c1")]
    public void Demand_CgroupWithProcesses_IsRefusedAndNamed(string mounts, string directory)
    {
        using TemporaryTree tree = Machine(mounts).Write(directory + "/cgroup.procs", "12\n");
        ShimException refusal = Assert.Throws<ShimException>(() => Demand(tree, "/ns/c1"))!;
        Assert.That(
            (refusal.Code, refusal.Message),
            Is.EqualTo((ShimErrorCode.FailedPrecondition, $"cgroup /ns/c1 is in use: there are processes in {directory}: failed precondition")));
    }

    [Test]
    public void Demand_ProcessesInACgroupBelow_IsRefused()
    {
        using TemporaryTree tree = Machine(V2).Write("/sys/fs/cgroup/ns/c1/cgroup.procs", "").Write("/sys/fs/cgroup/ns/c1/init.scope/cgroup.procs", "12\n");
        Assert.That(() => Demand(tree, "/ns/c1"), Throws.TypeOf<ShimException>());
    }

    [Test]
    public void Demand_WithoutAPath_LooksWhereRuncPutsIt()
    {
        using TemporaryTree tree = Machine(V2).Write("/sys/fs/cgroup/user.slice/c1/cgroup.procs", "12\n");
        Assert.That(() => Demand(tree, ""), Throws.TypeOf<ShimException>());
    }

    [TestCase(V1)]
    [TestCase(V2)]
    public void Demand_CgroupThatIsNotThereOrEmpty_IsGranted(string mounts)
    {
        using TemporaryTree tree = Machine(mounts)
            .Write("/sys/fs/cgroup/ns/cgroup.procs", "12\n")
            .Write("/sys/fs/cgroup/ns/empty/cgroup.procs", "")
            .Write("/sys/fs/cgroup/memory/ns/empty/cgroup.procs", "");
        Assert.That(() => Demand(tree, "/ns/c1"), Throws.Nothing);
        Assert.That(() => Demand(tree, "/ns/empty"), Throws.Nothing);
    }

    [Test]
    public void Demand_OfSystemd_IsLeftToIt()
    {
        using TemporaryTree tree = Machine(V2).Write("/sys/fs/cgroup/user.slice/:ns:c1/cgroup.procs", "12\n");
        Assert.That(() => Demand(tree, ":ns:c1", new RuntimeOptions { SystemdCgroup = true }), Throws.Nothing);
    }

    /// <summary>Needs root and a hierarchy of v1, or the unified one.</summary>
    [TestCase(false)]
    [TestCase(true)]
    public async Task Demand_OfTheKernelsOwnFiles_SeesProcessesComeAndGo(bool unified)
    {
        using RealCgroup cgroup = unified ? RealCgroup.V2() : RealCgroup.V1();
        string path = cgroup.DirectoryOf("")[RealCgroup.Top.Length..];
        Assert.That(() => Demand(new HostFiles(), path), Throws.Nothing);
        using (IProcessWatch watch = await cgroup.StartAsync("exec sleep 1000", "/below"))
        {
            Assert.That(() => Demand(new HostFiles(), path), Throws.TypeOf<ShimException>());
            watch.Signal(9);
            await watch.Exited;
        }

        await Linux.OsFixture.UntilAsync(() => cgroup.Pids("/below").Count == 0);
        Assert.That(() => Demand(new HostFiles(), path), Throws.Nothing);
    }

    private static TemporaryTree Machine(string mounts) =>
        new TemporaryTree().Write("/proc/self/mountinfo", mounts).Write("/proc/self/cgroup", "0::/user.slice/me\n");

    private static void Demand(TemporaryTree tree, string path, RuntimeOptions? options = null) => Demand(new HostFiles(tree.Root), path, options);

    private static void Demand(HostFiles files, string path, RuntimeOptions? options = null) =>
        new CgroupVacancy(files).Demand("c1", new BundleSpec { CgroupsPath = path }, options ?? new RuntimeOptions());
}
