using ContainerShim.Sdk.Cgroups;

namespace ContainerShim.Sdk.Tests.Cgroups;

internal sealed class CgroupMountsTests
{
    private const string Tmpfs = "30 22 0:27 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755\n";
    private const string Memory = "34 30 0:31 / /sys/fs/cgroup/memory rw,relatime shared:3 master:1 - cgroup cgroup rw,memory\n";
    private const string Unified = "40 30 0:37 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n";
    private const string V2 = "34 25 0:29 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";

    private static readonly TestCaseData[] Modes =
    [
        new TestCaseData(V2, CgroupMode.V2).SetArgDisplayNames("unified"),
        new TestCaseData(Tmpfs + Memory, CgroupMode.V1).SetArgDisplayNames("legacy"),
        new TestCaseData(Tmpfs + Memory + Unified, CgroupMode.Hybrid).SetArgDisplayNames("hybrid"),
        new TestCaseData(Tmpfs, CgroupMode.Unavailable).SetArgDisplayNames("nothing"),
        new TestCaseData("", CgroupMode.Unavailable).SetArgDisplayNames("no mountinfo"),
        new TestCaseData("34 25 0:29 / /mnt/cg rw - cgroup2 none rw\n", CgroupMode.V2).SetArgDisplayNames("unified elsewhere"),
        new TestCaseData(V2 + Tmpfs + Memory, CgroupMode.V1).SetArgDisplayNames("unified hidden by a later mount"),
    ];

    [TestCaseSource(nameof(Modes))]
    public void Detect_Mountinfo_TellsTheMode(string mountinfo, object mode)
    {
        using TemporaryTree tree = new();
        tree.Write("/proc/self/mountinfo", mountinfo);
        Assert.That(CgroupModeDetector.Detect(new HostFiles(tree.Root)), Is.EqualTo(mode));
    }

    [Test]
    public void Detect_RecordedMachine_IsHybrid() =>
        Assert.That(CgroupModeDetector.Detect(new HostFiles(Recording.Root("v1"))), Is.EqualTo(CgroupMode.Hybrid));

    [TestCase("/", "/a/b", "/m/a/b")]
    [TestCase("/", "/", "/m")]
    [TestCase("/docker/x", "/docker/x", "/m")]
    [TestCase("/docker/x", "/docker/x/y", "/m/y")]
    [TestCase("/docker/x", "/docker/xy", null)]
    [TestCase("/docker/x", "/other", null)]
    [TestCase("/", "/../sibling", null)]
    public void Localize_PathOfAProcess_IsTakenRelativeToTheRootOfTheMount(string root, string path, string? expected) =>
        Assert.That(new CgroupMount(root, "/m", []).Localize(path), Is.EqualTo(expected));

    [Test]
    public void Read_EscapedMountPoint_IsUnescaped()
    {
        using TemporaryTree tree = new();
        tree.Write("/proc/self/mountinfo", @"34 25 0:29 /a\040b /mnt/my\040cg\134x rw - cgroup cgroup rw,xattr,name=systemd" + "\n");
        using HostReader reader = new(new HostFiles(tree.Root));
        CgroupMount mount = CgroupMounts.Read(reader).All[0];
        Assert.That(mount.Root, Is.EqualTo("/a b"));
        Assert.That(mount.MountPoint, Is.EqualTo(@"/mnt/my cg\x"));
        Assert.That(mount.Controllers, Is.EqualTo(new[] { "rw", "xattr", "name=systemd" }));
    }
}
