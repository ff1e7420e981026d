using ContainerShim.Sdk.Linux.Interop;
using ContainerShim.Sdk.Mounts;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Mounts;

/// <summary>Needs root, loop devices and mkfs.ext4.</summary>
internal sealed class MounterTests
{
    private MountFixture _fixture = null!;

    [SetUp]
    public void SetUp() => _fixture = new MountFixture();

    [TearDown]
    public void TearDown() => _fixture.Dispose();

    [Test]
    public async Task Bind_ReadOnly_CannotBeWritten()
    {
        _fixture.Write("source/file", "x");
        await _fixture.MountAsync(new RootfsMount { Type = "bind", Source = _fixture["source"], Options = ["rbind", "ro"] });
        Assert.That(File.ReadAllText(_fixture["rootfs/file"]), Is.EqualTo("x"));
        Assert.That(() => File.WriteAllText(_fixture["rootfs/new"], ""), Throws.InstanceOf<IOException>());
        await _fixture.Mounter.UnmountAsync(_fixture.Rootfs, CancellationToken.None);
        Assert.That(_fixture.Mounted, Is.Empty);
    }

    [Test]
    public async Task Overlay_WritesGoToTheUpperDirectory()
    {
        _fixture.Write("lower/file", "x");
        await _fixture.MountAsync(Overlay($"lowerdir={_fixture["lower"]}", "index=off"));
        File.WriteAllText(_fixture["rootfs/new"], "y");
        Assert.That(File.ReadAllText(_fixture["rootfs/file"]), Is.EqualTo("x"));
        Assert.That(File.ReadAllText(_fixture["upper/new"]), Is.EqualTo("y"));
    }

    [Test]
    public async Task Overlay_OfMoreLayersThanAPageNames_IsMounted()
    {
        string here = Environment.CurrentDirectory;
        string[] layers = [.. Enumerable.Range(0, 100).Select(i => _fixture.Make($"a-directory-with-a-long-name-so-that-the-page-fills/{i}"))];
        _fixture.Write("a-directory-with-a-long-name-so-that-the-page-fills/57/file", "x");
        Assert.That(string.Join(':', layers), Has.Length.GreaterThan(Environment.SystemPageSize));
        await _fixture.MountAsync(Overlay("lowerdir=" + string.Join(':', layers)));
        Assert.That(File.ReadAllText(_fixture["rootfs/file"]), Is.EqualTo("x"));
        Assert.That(Environment.CurrentDirectory, Is.EqualTo(here));
    }

    [Test]
    public async Task Overlay_OfTooManyLayers_IsRefused()
    {
        string layers = string.Join(':', Enumerable.Range(1000, 1000).Select(static i => $"/x/{i}"));
        ShimException error = await Failure.OfAsync(() => _fixture.MountAsync(Overlay("lowerdir=" + layers)));
        Assert.That(error.Message, Is.EqualTo("failed to mount rootfs component: mount options is too long"));
    }

    [TestCase("bind", "/nope/source", "rbind", "mount source: \"/nope/source\", target: \"{0}\", fstype: bind, flags: 20480, data: \"\", err: no such file or directory")]
    [TestCase("nosuchfs", "none", "ro", "mount source: \"none\", target: \"{0}\", fstype: nosuchfs, flags: 1, data: \"\", err: no such device")]
    [TestCase("tmpfs", "tmpfs", "no-such-option=1", "mount source: \"tmpfs\", target: \"{0}\", fstype: tmpfs, flags: 0, data: \"no-such-option=1\", err: invalid argument")]
    [TestCase("overlay", "overlay", "X-containerd.x", "internal mount option \"X-containerd.x\" was not consumed by the mount manager")]
    [TestCase("fuse3.nosuch", "x", "ro", "exec: \"mount.fuse3\": executable file not found in $PATH")]
    public async Task BadMount_TellsWhyAndLeavesNothing(string type, string source, string option, string expected)
    {
        ShimException error = await Failure.OfAsync(() => _fixture.MountAsync(
            new RootfsMount { Type = "tmpfs", Source = "tmpfs" }, new RootfsMount { Type = type, Source = source, Options = [option] }));
        Assert.That(error.Code, Is.EqualTo(ShimErrorCode.Unknown));
        Assert.That(error.Message, Is.EqualTo("failed to mount rootfs component: " + expected.Replace("{0}", _fixture.Rootfs, StringComparison.Ordinal)));
        Assert.That(_fixture.Mounted, Is.Empty);
    }

    [Test]
    public async Task SecondStepThatFails_LeavesNothing()
    {
        // The bind succeeds; its propagation may not be private and shared at once.
        ShimException error = await Failure.OfAsync(() => _fixture.MountAsync(
            new RootfsMount { Type = "bind", Source = _fixture.Make("source"), Options = ["bind", "private", "shared"] }));
        Assert.That(error.Message, Does.EndWith(": invalid argument"));
        Assert.That(_fixture.Mounted, Is.Empty);
    }

    [Test]
    public async Task Target_IsResolvedInsideTheRootfs()
    {
        string outside = _fixture.Make("outside");
        string source = _fixture.Make("source");
        Directory.CreateDirectory(Path.Join(source, outside));
        File.CreateSymbolicLink(Path.Join(source, "link"), outside);
        await _fixture.MountAsync(
            new RootfsMount { Type = "bind", Source = source, Options = ["bind"] },
            new RootfsMount { Type = "tmpfs", Source = "tmpfs", Target = "/link", Options = ["ro"] });
        Assert.That(_fixture.Mounted, Is.EqualTo(new[] { _fixture.Rootfs + outside, _fixture.Rootfs }));
        Assert.That(MountTable.Below(outside), Is.Empty);
    }

    [TestCase("../../../../../../etc")]
    [TestCase("missing")]
    public async Task Target_OutsideOrMissing_IsNotFound(string target)
    {
        ShimException error = await Failure.OfAsync(() => _fixture.MountAsync(new RootfsMount { Type = "tmpfs", Source = "tmpfs", Target = target }));
        Assert.That(error.Message, Is.EqualTo("failed to mount rootfs component: no such file or directory"));
    }

    [Test]
    public async Task Rootfs_ThatIsALink_IsRefused()
    {
        string outside = _fixture.Make("outside");
        Directory.Delete(_fixture.Rootfs);
        File.CreateSymbolicLink(_fixture.Rootfs, outside);
        await Failure.OfAsync(() => _fixture.MountAsync(new RootfsMount { Type = "tmpfs", Source = "tmpfs" }));
        Assert.That(MountTable.Below(outside), Is.Empty);
        Libc.Mount("tmpfs", outside, "tmpfs", 0, "");
        await _fixture.Mounter.UnmountAsync(_fixture.Rootfs, CancellationToken.None);
        Assert.That(MountTable.Below(outside), Is.EqualTo(new[] { outside }));
    }

    [Test]
    public async Task Loop_MountsAFile()
    {
        string image = _fixture.Write("image", "");
        await _fixture.ShellAsync($"truncate -s 4M {image} && mkfs.ext4 -q {image}");
        await _fixture.MountAsync(new RootfsMount { Type = "ext4", Source = image, Options = ["loop", "ro"] });
        Assert.That(Directory.Exists(_fixture["rootfs/lost+found"]));
        Assert.That(await _fixture.ShellAsync($"losetup -n -O RO,AUTOCLEAR -j {image} | tr -s ' '"), Is.EqualTo(" 1 1\n"));
        await _fixture.Mounter.UnmountAsync(_fixture.Rootfs, CancellationToken.None);
        await OsFixture.UntilAsync(() => !File.ReadAllText("/proc/self/mountinfo").Contains(_fixture.Rootfs, StringComparison.Ordinal));
        Assert.That(await _fixture.ShellAsync($"losetup -j {image}"), Is.Empty);
    }

    [TestCase(true)]
    [TestCase(false)]
    public async Task Loop_OfAKernelBefore58_IsTheSame(bool readOnly)
    {
        string image = _fixture.Write("image", "");
        await _fixture.ShellAsync($"truncate -s 4M {image}");
        string table = "losetup -n -O RO,AUTOCLEAR,OFFSET,BACK-FILE -j " + image;
        string expected;
        using (LoopDevice.Attach(image, readOnly, directIo: false))
        {
            expected = await _fixture.ShellAsync(table);
        }

        using (LoopDevice.Attach(image, readOnly, directIo: false, atOnce: false))
        {
            Assert.That(await _fixture.ShellAsync(table), Is.EqualTo(expected).And.Contains(image));
        }

        Assert.That(await _fixture.ShellAsync($"losetup -j {image}"), Is.Empty);
    }

    [Test]
    public async Task IdMap_OfABind_ShiftsItsOwners()
    {
        _fixture.Write("source/file", "x");
        await _fixture.MountAsync(new RootfsMount
        {
            Type = "bind", Source = _fixture["source"], Options = ["bind", "ro", "uidmap=0:100000:65536", "gidmap=0:200000:65536"],
        });
        Assert.That(await _fixture.ShellAsync($"stat -c '%u %g' {_fixture["rootfs/file"]}"), Is.EqualTo("100000 200000\n"));
        Assert.That(() => File.WriteAllText(_fixture["rootfs/new"], ""), Throws.InstanceOf<IOException>(), "read-only too");
    }

    [Test]
    public async Task IdMap_OfAnOverlay_ShiftsItsLayers()
    {
        _fixture.Write("layers/1/file", "x");
        _fixture.Make("layers/2");
        await _fixture.MountAsync(Overlay(
            $"lowerdir={_fixture["layers/2"]}:{_fixture["layers/1"]}", "uidmap=0:100000:65536", "gidmap=0:100000:65536"));
        Assert.That(await _fixture.ShellAsync($"stat -c '%u %g' {_fixture["rootfs/file"]}"), Is.EqualTo("100000 100000\n"));
        Assert.That(Directory.GetDirectories(Path.GetTempPath(), "ovl-idmapped*"), Is.Empty);
    }

    [Test]
    public async Task Unmount_TakesStackedNestedAndOddlyNamedMounts()
    {
        await _fixture.MountAsync(new RootfsMount { Type = "tmpfs", Source = "tmpfs" });
        string odd = _fixture.Make("rootfs/a b\\c");
        Libc.Mount("tmpfs", odd, "tmpfs", 0, "");
        Libc.Mount("tmpfs", Directory.CreateDirectory(Path.Join(odd, "d")).FullName, "tmpfs", 0, "");
        Libc.Mount("tmpfs", _fixture.Rootfs, "tmpfs", 0, "");
        string other = _fixture.Make("rootfs2");
        Libc.Mount("tmpfs", other, "tmpfs", 0, "");
        await _fixture.Mounter.UnmountAsync(_fixture.Rootfs, CancellationToken.None);
        Assert.That(_fixture.Mounted, Is.Empty);
        Assert.That(MountTable.Below(other), Is.EqualTo(new[] { other }));
    }

    [Test]
    public async Task Unmount_OfNothing_Succeeds()
    {
        await _fixture.Mounter.UnmountAsync(_fixture.Rootfs, CancellationToken.None);
        await _fixture.Mounter.UnmountAsync("/no/such/rootfs", CancellationToken.None);
        Assert.That(_fixture.Mounted, Is.Empty);
    }

    [Test]
    public async Task Unmount_ThatHangs_IsLeftBehindWhenItsTokenFires()
    {
        using MountFixture fixture = new();
        await fixture.MountAsync(new RootfsMount { Type = "tmpfs", Source = "tmpfs" });
        string below = Directory.CreateDirectory(Path.Join(fixture.Rootfs, "below")).FullName;
        Libc.Mount("tmpfs", below, "tmpfs", 0, "size=64k");
        using ManualResetEventSlim server = new();
        using CancellationTokenSource source = new();
        List<string> tried = [];
        TaskCompletionSource hangs = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Unmounter unmounter = new(TimeProvider.System, path =>
        {
            tried.Add(path);
            hangs.TrySetResult();
            server.Wait(OsFixture.Bound);
            return Libc.Unmount(path);
        });

        Task unmounting = unmounter.UnmountAsync(fixture.Rootfs, source.Token);
        await hangs.Task.WaitAsync(OsFixture.Bound);
        source.Cancel();

        await Assert.ThatAsync(() => unmounting.WaitAsync(OsFixture.Bound), Throws.InstanceOf<OperationCanceledException>());
        server.Set();
        await OsFixture.UntilAsync(() => fixture.Mounted.Count == 1);
        Assert.That(tried, Is.EqualTo(new[] { below }), "it does not go on by itself");
    }

    [Test]
    public async Task Unmount_OfABusyMount_GivesUpAfter50Rounds()
    {
        FakeTimeProvider time = new();
        using MountFixture fixture = new(time);
        await fixture.MountAsync(new RootfsMount { Type = "tmpfs", Source = "tmpfs" });
        using FileStream holder = File.Create(fixture["rootfs/file"]);
        Task unmount = fixture.Mounter.UnmountAsync(fixture.Rootfs, CancellationToken.None);
        DateTimeOffset begin = time.GetUtcNow();
        while (!unmount.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        ShimException error = await Failure.OfAsync(() => unmount);
        Assert.That(error.Message, Is.EqualTo($"failed to unmount target {fixture.Rootfs}: device or resource busy"));
        Assert.That(time.GetUtcNow() - begin, Is.GreaterThanOrEqualTo(TimeSpan.FromMilliseconds(49 * 50)));
    }

    [Test]
    public async Task Unmount_OfAMountThatBecomesFree_Succeeds()
    {
        await _fixture.MountAsync(new RootfsMount { Type = "tmpfs", Source = "tmpfs" });
        FileStream holder = File.Create(_fixture["rootfs/file"]);
        Task unmount = _fixture.Mounter.UnmountAsync(_fixture.Rootfs, CancellationToken.None);
        await holder.DisposeAsync();
        await unmount.WaitAsync(OsFixture.Bound);
        Assert.That(_fixture.Mounted, Is.Empty);
    }

    [Test]
    public async Task Mounting_LeavesNoDescriptorBehind()
    {
        RootfsMount mount = new() { Type = "bind", Source = _fixture.Make("source"), Options = ["bind", "ro"] };
        await _fixture.MountAsync(mount);
        int before = OsFixture.CountDescriptors();
        for (int i = 0; i < 20; i++)
        {
            await _fixture.MountAsync(mount);
            await Failure.OfAsync(() => _fixture.MountAsync(mount with { Source = "/nope" }));
            await _fixture.Mounter.UnmountAsync(_fixture.Rootfs, CancellationToken.None);
        }

        Assert.That(OsFixture.CountDescriptors(), Is.EqualTo(before));
    }

    [Test]
    public void Mount_WithATokenThatHasFired_MountsNothing()
    {
        Assert.That(
            _fixture.Mounter.MountAsync(_fixture.Rootfs, [new RootfsMount { Type = "tmpfs" }], new CancellationToken(true)).IsCanceled);
        Assert.That(_fixture.Mounted, Is.Empty);
    }

    private RootfsMount Overlay(params string[] options) => new()
    {
        Type = "overlay", Source = "overlay", Options = [.. options, $"upperdir={_fixture.Make("upper")}", $"workdir={_fixture.Make("work")}"],
    };
}
