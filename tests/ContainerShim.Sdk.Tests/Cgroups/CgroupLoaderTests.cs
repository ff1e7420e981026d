using ContainerShim.Sdk.Cgroups;

namespace ContainerShim.Sdk.Tests.Cgroups;

internal sealed class CgroupLoaderTests
{
    [Test]
    public void Load_V1_ListsProcessesOfAllCgroupsBelow()
    {
        ICgroup cgroup = Recording.Load("v1-cfq", 812);
        Assert.That(cgroup.Version, Is.EqualTo(CgroupVersion.V1));
        Assert.That(cgroup.Processes(), Is.EqualTo(new[] { 812, 830, 845 }), "0 stands for a process of another pid namespace");
    }

    [Test]
    public void Load_Hybrid_CountsAsV1()
    {
        ICgroup cgroup = Recording.Load("v1", 697);
        Assert.That(cgroup.Version, Is.EqualTo(CgroupVersion.V1));
        Assert.That(cgroup.Processes(), Has.Count.EqualTo(3).And.Contains(697));
        Assert.That(cgroup.IsFrozen, Is.False);
    }

    [Test]
    public void Load_V2_ListsProcessesOfAllCgroupsBelow()
    {
        ICgroup cgroup = Recording.Load("v2", 4242);
        Assert.That(cgroup.Version, Is.EqualTo(CgroupVersion.V2));
        Assert.That(cgroup.Processes(), Is.EqualTo(new[] { 4242, 4250, 4261 }));
    }

    [Test]
    public void IsFrozen_V1Freezing_IsTrue() => Assert.That(Recording.Load("v1-cfq", 812).IsFrozen, Is.True);

    [Test]
    public void IsFrozen_V2FrozenByACgroupAbove_IsTrue() => Assert.That(Recording.Load("v2", 4242).IsFrozen, Is.True);

    [TestCase("populated 1\nfrozen 0\n", "0\n", false)]
    [TestCase("populated 1\nfrozen 0\n", "1\n", true)]
    [TestCase("populated 1\nfrozen 1\n", "1\n", true)]
    public void IsFrozen_V2_CountsFreezingToo(string events, string freeze, bool expected)
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/c");
        tree.Write("/sys/fs/cgroup/c/cgroup.events", events).Write("/sys/fs/cgroup/c/cgroup.freeze", freeze);
        Assert.That(Recording.Loader(tree.Root).Load(7).IsFrozen, Is.EqualTo(expected));
    }

    [Test]
    public void Load_ProcessInOurOwnCgroup_IsNotFound()
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/c");
        tree.Write("/proc/self/cgroup", "0::/c\n");
        AssertNotFound(() => Recording.Loader(tree.Root).Load(7));
    }

    [TestCase("/a/b", "/a")]
    [TestCase("/a/b/shim", "/a/b")]
    public void Load_CgroupAboveOurOwn_IsNotFound(string own, string cgroup)
    {
        using TemporaryTree tree = TemporaryTree.WithV2(cgroup);
        tree.Write("/proc/self/cgroup", $"0::{own}\n").Write($"/sys/fs/cgroup{own}/cgroup.procs", "");
        AssertNotFound(() => Recording.Loader(tree.Root).Load(7));
        AssertNotFound(() => Recording.Loader(tree.Root).Find($"0::{cgroup}\n"));
    }

    [Test]
    public void Load_CgroupBelowOrBesideOurOwn_IsFound()
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/ab");
        tree.Write("/proc/self/cgroup", "0::/a\n").Write("/sys/fs/cgroup/a/b/cgroup.procs", "");
        Recording.Loader(tree.Root).Load(7).Dispose();
        Recording.Loader(tree.Root).Find("0::/a/b\n").Dispose();
    }

    [Test]
    public void Find_AfterTheProcessHasLeft_FindsTheCgroupThatItWasIn()
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/c");
        string location = LocationOf(Recording.Loader(tree.Root).Load(7));
        tree.Write("/sys/fs/cgroup/c/cgroup.procs", "8\n").Write("/sys/fs/cgroup/host/cgroup.procs", "7\n").Write("/proc/7/cgroup", "0::/host\n");

        Assert.That(Recording.Loader(tree.Root).Find(location).Processes(), Is.EqualTo((int[])[8]));
        Directory.Delete(tree.Path("/sys/fs/cgroup/c"), recursive: true);
        AssertNotFound(() => Recording.Loader(tree.Root).Find(location));
    }

    [Test]
    public void Location_V1_LeavesOutWhatIsNotTheContainersOwn()
    {
        using TemporaryTree tree = new();
        tree.Write("/proc/self/mountinfo", """
            35 30 0:32 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids
            36 30 0:33 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu,cpuacct
            37 30 0:34 / /sys/fs/cgroup/freezer rw - cgroup cgroup rw,freezer
            38 30 0:35 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw

            """).Write("/proc/7/cgroup", "4:freezer:/\n3:cpu,cpuacct:/k/c:1\n2:pids:/shim\n0::/k/c\n").Write("/proc/self/cgroup", "2:pids:/shim\n");
        tree.Write("/sys/fs/cgroup/cpu/k/c:1/cgroup.procs", "7\n").Write("/sys/fs/cgroup/pids/shim/cgroup.procs", "1\n7\n")
            .Write("/sys/fs/cgroup/unified/k/c/cgroup.procs", "");

        string location = LocationOf(Recording.Loader(tree.Root).Load(7));

        Assert.That(location, Is.EqualTo("3:cpu,cpuacct:/k/c:1\n"));
        // As for `delete`, which is in another cgroup than the shim was.
        tree.Write("/proc/self/cgroup", "2:pids:/\n");
        Assert.That(Recording.Loader(tree.Root).Find(location).Processes(), Is.EqualTo((int[])[7]));
    }

    [TestCase("")]
    [TestCase("0::/\n")]
    [TestCase("0::/../c\n")]
    [TestCase("nonsense")]
    public void Find_OfNoLocation_IsNotFound(string location)
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/c");
        AssertNotFound(() => Recording.Loader(tree.Root).Find(location));
    }

    [Test]
    public void Load_UnknownProcess_IsNotFound() => AssertNotFound(() => Recording.Load("v2", 4243));

    [Test]
    public void Load_NoCgroupFileSystem_IsNotFound()
    {
        using TemporaryTree tree = new();
        tree.Write("/proc/self/mountinfo", "30 22 0:27 / / rw - ext4 /dev/sda rw\n").Write("/proc/7/cgroup", "0::/a\n");
        AssertNotFound(() => Recording.Loader(tree.Root).Load(7));
    }

    [TestCase("/")]
    [TestCase("/../outside")]
    [TestCase("/c (deleted)")]
    public void Load_PathThatIsNoCgroupOfItsOwn_IsNotFound(string path)
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/c");
        tree.Write("/proc/7/cgroup", $"0::{path}\n");
        AssertNotFound(() => Recording.Loader(tree.Root).Load(7));
    }

    [Test]
    public void Load_ExitingProcessOfV1_IsNotFoundRatherThanTheRoot()
    {
        using TemporaryTree tree = new();
        tree.Write("/proc/self/mountinfo", "35 30 0:32 / /sys/fs/cgroup/pids rw - cgroup cgroup rw,pids\n")
            .Write("/proc/7/cgroup", "2:pids:/\n").Write("/sys/fs/cgroup/pids/cgroup.procs", "1\n7\n");
        AssertNotFound(() => Recording.Loader(tree.Root).Load(7));
    }

    [Test]
    public void Load_PathWithAColon_IsFound()
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/a:b:c");
        Assert.That(Recording.Loader(tree.Root).Load(7).Processes(), Is.Empty);
    }

    [Test]
    public void Load_V2_EnablesWhatIsMissingInEachCgroupAbove()
    {
        using TemporaryTree tree = TemporaryTree.WithV2("/kube/pod/c");
        const string Top = "/sys/fs/cgroup";
        tree.Write(Top + "/cgroup.controllers", "cpu memory pids\n").Write(Top + "/cgroup.subtree_control", "")
            .Write(Top + "/kube/cgroup.subtree_control", "cpu memory pids\n").Write(Top + "/kube/pod/cgroup.subtree_control", "")
            .Write(Top + "/kube/pod/c/cgroup.subtree_control", "");
        Recording.Loader(tree.Root).Load(7).Dispose();
        Assert.That(File.ReadAllText(tree.Path(Top + "/cgroup.subtree_control")), Is.EqualTo("+cpu +memory +pids"));
        Assert.That(File.ReadAllText(tree.Path(Top + "/kube/cgroup.subtree_control")), Is.EqualTo("cpu memory pids\n"), "nothing is missing");
        Assert.That(File.ReadAllText(tree.Path(Top + "/kube/pod/cgroup.subtree_control")), Is.EqualTo("+cpu +memory +pids"));
        Assert.That(File.ReadAllText(tree.Path(Top + "/kube/pod/c/cgroup.subtree_control")), Is.Empty, "the container's own is not touched");
    }

    private static string LocationOf(ICgroup cgroup) => ((ILocatedCgroup)cgroup).Location;

    private static void AssertNotFound(Action action) =>
        Assert.That(Assert.Throws<ShimException>(action)!.Code, Is.EqualTo(ShimErrorCode.NotFound));
}
