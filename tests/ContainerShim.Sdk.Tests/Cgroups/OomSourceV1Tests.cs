using ContainerShim.Sdk.Cgroups;

namespace ContainerShim.Sdk.Tests.Cgroups;

/// <summary>How v1's counters of single cgroups become one that never falls.</summary>
internal sealed class OomSourceV1Tests
{
    private const string Top = "/sys/fs/cgroup/memory/c";

    private TemporaryTree _tree = null!;
    private ICgroup _cgroup = null!;

    [SetUp]
    public void Load()
    {
        _tree = new TemporaryTree().Write("/proc/self/mountinfo", "34 30 0:31 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n").Write("/proc/7/cgroup", "4:memory:/c\n");
        SetKills("", 0);
        _cgroup = Recording.Loader(_tree.Root).Load(7);
    }

    [TearDown]
    public void Remove()
    {
        _cgroup.Dispose();
        _tree.Dispose();
    }

    [Test]
    public void OomKills_ChildRemoved_KeepsWhatItHadCounted()
    {
        SetKills("/a", 3);
        Assert.That(_cgroup.OomKills, Is.EqualTo(3));
        Directory.Delete(_tree.Path(Top + "/a"), recursive: true);
        Assert.That(_cgroup.OomKills, Is.EqualTo(3));
        SetKills("", 1);
        Assert.That(_cgroup.OomKills, Is.EqualTo(4));
    }

    [Test]
    public void OomKills_ChildMadeAnew_CountsOnFromBefore()
    {
        SetKills("/a", 3);
        Assert.That(_cgroup.OomKills, Is.EqualTo(3));
        SetKills("/a", 1);
        Assert.That(_cgroup.OomKills, Is.EqualTo(4));
    }

    [Test]
    public void OomKills_CgroupGone_KeepsTheLastValue()
    {
        SetKills("", 2);
        Assert.That(_cgroup.OomKills, Is.EqualTo(2));
        Directory.Delete(_tree.Path(Top), recursive: true);
        Assert.That(_cgroup.OomKills, Is.EqualTo(2));
    }

    private void SetKills(string child, int kills) => _tree.Write($"{Top}{child}/memory.oom_control", $"oom_kill_disable 0\nunder_oom 0\noom_kill {kills}\n");
}
