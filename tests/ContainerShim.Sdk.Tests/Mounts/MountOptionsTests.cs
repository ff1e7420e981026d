using ContainerShim.Sdk.Mounts;

namespace ContainerShim.Sdk.Tests.Mounts;

internal sealed class MountOptionsTests
{
    [TestCase("async", 0ul)]
    [TestCase("sync,async", 0ul)]
    [TestCase("noatime,atime", 0ul)]
    [TestCase("bind", 4096ul)]
    [TestCase("defaults", 0ul)]
    [TestCase("nodev", 4ul)]
    [TestCase("nodev,dev", 0ul)]
    [TestCase("nodiratime", 2048ul)]
    [TestCase("nodiratime,diratime", 0ul)]
    [TestCase("dirsync", 128ul)]
    [TestCase("noexec", 8ul)]
    [TestCase("noexec,exec", 0ul)]
    [TestCase("mand", 64ul)]
    [TestCase("mand,nomand", 0ul)]
    [TestCase("noatime", 1024ul)]
    [TestCase("relatime", 2097152ul)]
    [TestCase("relatime,norelatime", 0ul)]
    [TestCase("strictatime", 16777216ul)]
    [TestCase("strictatime,nostrictatime", 0ul)]
    [TestCase("nosuid", 2ul)]
    [TestCase("nosuid,suid", 0ul)]
    [TestCase("rbind", 20480ul)]
    [TestCase("remount", 32ul)]
    [TestCase("ro", 1ul)]
    [TestCase("ro,rw", 0ul)]
    [TestCase("sync", 16ul)]
    public void Parse_OfAWord_SetsOrClearsItsFlag(string options, ulong expected)
    {
        MountOptions parsed = MountOptions.Parse(options.Split(','));
        Assert.That((ulong)parsed.Flags, Is.EqualTo(expected));
        Assert.That(parsed.Data, Is.Empty);
    }

    [TestCase("private", 1ul << 18)]
    [TestCase("rprivate", (1ul << 18) | 16384)]
    [TestCase("slave", 1ul << 19)]
    [TestCase("rslave", (1ul << 19) | 16384)]
    [TestCase("shared", 1ul << 20)]
    [TestCase("rshared", (1ul << 20) | 16384)]
    [TestCase("unbindable", 1ul << 17)]
    [TestCase("runbindable", (1ul << 17) | 16384)]
    public void Parse_OfAPropagation_KeepsItApart(string option, ulong expected)
    {
        MountOptions parsed = MountOptions.Parse(["ro", option]);
        Assert.That((ulong)parsed.Propagation, Is.EqualTo(expected));
        Assert.That(parsed.Flags, Is.EqualTo(MountFlags.ReadOnly));
    }

    [Test]
    public void Parse_OfTheRest_IsDataInOrder()
    {
        MountOptions parsed = MountOptions.Parse(["index=off", "ro", "lowerdir=/a:/b", "uidmap=0:1:2", "direct-io"]);
        Assert.That(parsed.Data, Is.EqualTo(new[] { "index=off", "lowerdir=/a:/b", "direct-io" }));
        Assert.That(parsed.IsMapped, Is.False, "takes both maps");
    }

    [Test]
    public void Parse_OfLoop_TakesDirectIoOutOfTheData()
    {
        MountOptions parsed = MountOptions.Parse(["direct-io", "loop", "ro"]);
        Assert.That(parsed.UsesLoop && parsed.UsesDirectIo);
        Assert.That(parsed.Data, Is.Empty);
    }

    [Test]
    public void Parse_OfAnInternalOption_IsRefused() => Assert.That(
        () => MountOptions.Parse(["X-containerd.mkfs.fs=ext4"]),
        Throws.TypeOf<MountException>().With.Message.EqualTo("internal mount option \"X-containerd.mkfs.fs=ext4\" was not consumed by the mount manager"));

    [Test]
    public void Compact_OfFewLayers_ChangesNothing()
    {
        string[] options = ["lowerdir=/x/1/fs:/x/2/fs", "index=off"];
        Assert.That(OverlayLayers.Compact(options), Is.EqualTo(((string?)null, (IReadOnlyList<string>)options)));
    }

    [Test]
    public void Compact_OfManyLayers_MakesThemRelativeToTheirSnapshots()
    {
        string[] layers = [.. Enumerable.Range(10, 80).Select(static i => $"/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots/1{i}/fs")];
        (string? directory, IReadOnlyList<string> options) = OverlayLayers.Compact(["lowerdir=" + string.Join(':', layers), "upperdir=/u"]);
        Assert.That(directory, Is.EqualTo("/var/lib/containerd/io.containerd.snapshotter.v1.overlayfs/snapshots"));
        Assert.That(options[0], Is.EqualTo("upperdir=/u"));
        Assert.That(options[1], Does.StartWith("lowerdir=110/fs:111/fs:"));
    }

    [TestCase("/a", "/b", null)]
    [TestCase("/a/1", "/a/2", "/a")]
    [TestCase("/a/b1/fs", "/a/b2/fs", "/a")]
    [TestCase("/a/b/x", "/a/b/x/y", "/a/b")]
    [TestCase("a", "b", null)]
    public void CommonDirectory_OfTwo_EndsAtASlash(string first, string second, string? expected) =>
        Assert.That(OverlayLayers.CommonDirectory([first, second]), Is.EqualTo(expected));

    [TestCase("0:100000:65536", "0 100000 65536\n")]
    [TestCase("0:1:2,3:4:5", "0 1 2\n3 4 5\n")]
    public void IdMap_OfRanges_BecomesLines(string map, string expected) => Assert.That(IdMap.Format(map), Is.EqualTo(expected));

    [TestCase("")]
    [TestCase("0:1")]
    [TestCase("0:-1:5")]
    [TestCase("0:1:2,")]
    public void IdMap_OfGarbage_IsRefused(string map) => Assert.That(() => IdMap.Format(map), Throws.TypeOf<MountException>());

    [Test]
    public void MountTable_Below_UnescapesAndSorts()
    {
        string[] lines =
        [
            "1 0 8:1 / / rw - ext4 /dev/sda rw",
            "2 1 0:5 / /b/rootfs rw,relatime shared:1 - overlay overlay rw",
            "3 2 0:6 / /b/rootfs/a\\040b\\134c rw - tmpfs tmpfs rw",
            "4 1 0:7 / /b/rootfs2 rw - tmpfs tmpfs rw",
            "5 2 0:8 / /b/rootfs rw - tmpfs tmpfs rw",
        ];
        Assert.That(MountTable.Below("/b/rootfs", lines), Is.EqualTo(new[] { "/b/rootfs/a b\\c", "/b/rootfs" }));
    }
}
