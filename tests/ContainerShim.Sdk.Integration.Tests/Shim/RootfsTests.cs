using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Integration.Tests.Shim.Driving;
using ContainerShim.Sdk.Protocol.Types;
using Grpc.Core;

namespace ContainerShim.Sdk.Integration.Tests.Shim;

/// <summary>Root file systems that the shim mounts for a container, and takes away with it. Needs loop devices and mkfs.ext4.</summary>
[TestFixtureSource(typeof(TestedRuntime), nameof(TestedRuntime.OfTheRelease))]
[Parallelizable(ParallelScope.Self)]
public sealed class RootfsTests(string runtime) : ShimFixture(runtime)
{
    /// <summary>Held by the test that has its mount helper among the machine's.</summary>
    private static readonly SemaphoreSlim _helperPlace = new(1, 1);

    [Test]
    public async Task Overlay_OfAHundredLayersWithLongNames_IsTheContainersRoot()
    {
        string layers = Make("a-directory-with-a-name-that-is-as-long-as-those-of-snapshots");
        string[] lower = [.. Enumerable.Range(0, 100).Select(i => Directory.CreateDirectory(Path.Combine(layers, $"{i}/fs")).FullName)];
        await File.WriteAllTextAsync(Path.Combine(lower[57], "file"), "in the middle\n");
        Assert.That(string.Join(':', lower), Has.Length.GreaterThan(4096));
        (await Command.RunAsync("cp", ["-a", TestPaths.Rootfs + "/.", lower[99]])).EnsureSuccess();

        string output = await OutputAsync(
            ["cat", "/file"],
            new Mount
            {
                Type = "overlay",
                Source = "overlay",
                Options = { $"lowerdir={string.Join(':', lower)}", $"upperdir={Make("upper")}", $"workdir={Make("work")}" },
            });

        Assert.That(output, Is.EqualTo("in the middle\n"));
    }

    [Test]
    public async Task Loop_OfAnImage_IsMountedReadOnlyAndFreed()
    {
        string image = Path.Combine(Site.Directory, "image");
        string content = Make("content");
        await File.WriteAllTextAsync(Path.Combine(content, "file"), "on a disk\n");
        (await Command.RunAsync("truncate", ["-s", "4M", image])).EnsureSuccess();
        (await Command.RunAsync("mkfs.ext4", ["-q", "-d", content, image])).EnsureSuccess();

        string output = await OutputAsync(
            ["sh", "-c", "cat /mnt/file; touch /mnt/new 2>/dev/null || echo read-only"],
            Root(),
            new Mount { Type = "ext4", Source = image, Target = "/mnt", Options = { "loop", "ro" } });

        Assert.That(output, Is.EqualTo("on a disk\nread-only\n"));

        // The container's own mount namespace has a copy, which goes with its last process.
        await Eventually.BecomesAsync(
            async () => (await Command.RunAsync("losetup", ["-j", image])).EnsureSuccess().Stdout, devices => devices.Length == 0, "the loop device is free");
    }

    [Test]
    public async Task Bind_WithMappedIds_ShowsThemAndStaysReadOnly()
    {
        string source = Make("source");
        await File.WriteAllTextAsync(Path.Combine(source, "file"), "x");

        string output = await OutputAsync(
            ["sh", "-c", "stat -c '%u %g' /mnt/file; touch /mnt/new 2>/dev/null || echo read-only"],
            Root(),
            new Mount { Type = "bind", Source = source, Target = "/mnt", Options = { "rbind", "ro", "uidmap=0:100000:65536", "gidmap=0:200000:65536" } });

        Assert.That(output, Is.EqualTo("100000 200000\nread-only\n"));
        Assert.That(File.Exists(Path.Combine(source, "new")), Is.False);
    }

    [Test]
    public async Task Overlay_WithMappedIds_ShowsThem()
    {
        string lower = Make("lower");
        await File.WriteAllTextAsync(Path.Combine(lower, "file"), "x");

        string output = await OutputAsync(
            ["sh", "-c", "stat -c '%u %g' /mnt/file; cat /mnt/file"],
            Root(),
            new Mount
            {
                Type = "overlay",
                Source = "overlay",
                Target = "/mnt",
                Options = { $"lowerdir={lower}:{Make("lowest")}", $"upperdir={Make("upper")}", $"workdir={Make("work")}", "uidmap=0:100000:65536", "gidmap=0:200000:65536" },
            });

        Assert.That(output, Is.EqualTo("100000 200000\nx"));
    }

    [Test]
    public async Task Create_ThatTheRuntimeRefuses_UnmountsAll()
    {
        TestBundle bundle = Bundle(["no-such-program"]);
        RawShim shim = await Site.StartShimAsync(bundle);

        RpcException? failure = await Assert.CatchAsync<RpcException>(() => shim.CreateAsync(bundle, request =>
        {
            request.Rootfs.Add(Root());
            request.Rootfs.Add(new Mount { Type = "tmpfs", Source = "tmpfs", Target = "/mnt" });
            request.Rootfs.Add(new Mount { Type = "bind", Source = Make("source"), Target = "/mnt", Options = { "bind", "ro" } });
        }));

        Assert.That(failure?.Status.Detail, Does.Contain("no-such-program"));
        await Site.AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task Target_ThatALinkLeadsOutside_StaysInside()
    {
        string outside = Make("outside");
        string root = Make("image");
        Directory.CreateDirectory(Path.Join(root, outside));
        File.CreateSymbolicLink(Path.Combine(root, "link"), outside);
        TestBundle bundle = Bundle(["sleep", "1000"]);
        RawShim shim = await Site.StartShimAsync(bundle);

        // That there is nothing to run is the runtime's to say; the mounts come before.
        RpcException? failure = await Assert.CatchAsync<RpcException>(() => shim.CreateAsync(bundle, request =>
        {
            request.Rootfs.Add(new Mount { Type = "bind", Source = root, Options = { "bind" } });
            request.Rootfs.Add(new Mount { Type = "tmpfs", Source = "tmpfs", Target = "/link", Options = { "nr_inodes=77" } });
            request.Rootfs.Add(new Mount { Type = "bind", Source = Path.Combine(root, "no-such"), Target = "/link" , Options = { "bind" } });
        }));

        Assert.That(failure?.Status.Detail, Does.Contain($"target: \"{bundle.PathOf("rootfs")}{outside}\""), "where the link was resolved to");
        await Site.AssertNothingIsLeftAsync(shim);
    }

    [TestCase("../../../../../../../../../../tmp")]
    [TestCase("/missing")]
    public async Task Target_ThatIsNotThere_IsRefusedAndNothingIsLeft(string target)
    {
        TestBundle bundle = Bundle(["true"]);
        RawShim shim = await Site.StartShimAsync(bundle);

        RpcException? failure = await Assert.CatchAsync<RpcException>(() => shim.CreateAsync(bundle, request =>
        {
            request.Rootfs.Add(new Mount { Type = "bind", Source = Make("empty"), Options = { "bind" } });
            request.Rootfs.Add(new Mount { Type = "tmpfs", Source = "tmpfs", Target = target });
        }));

        Assert.That(failure?.Status.Detail, Is.EqualTo("failed to mount rootfs component: no such file or directory"));
        await Site.AssertNothingIsLeftAsync(shim);
    }

    [Test]
    public async Task Fuse_HelperIsRunAndItsMountTakenAway()
    {
        // The helper is looked for where administrators put such programs, not in our PATH.
        const string Helper = "/usr/local/sbin/mount.fuse3";
        await _helperPlace.WaitAsync();
        try
        {
            Assert.That(File.Exists(Helper), Is.False, "the machine has one: the test would replace it");
            File.Copy(Script.Make(Site, "mount.fuse3", $"""
                echo "$*" > {Site.Directory}/fuse-call
                exec mount -t tmpfs -o size=64k "$1" "$2"
                """), Helper);
            string output = await OutputAsync(
                ["sh", "-c", "grep ' /mnt ' /proc/mounts | cut -d' ' -f1"],
                Root(),
                new Mount { Type = "fuse3.mine", Source = "the-source", Target = "/mnt", Options = { "ro", "allow_other" } });

            Assert.That(output, Is.EqualTo("the-source\n"));
            Assert.That(
                await File.ReadAllTextAsync(Path.Combine(Site.Directory, "fuse-call")),
                Does.Match(@"^the-source \S+/rootfs/mnt -o ro -o allow_other -t mine\n$"));
        }
        finally
        {
            File.Delete(Helper);
            _helperPlace.Release();
        }
    }

    [Test]
    public async Task Delete_WithMountsOnMounts_UnmountsAllOfThem()
    {
        TestBundle bundle = Bundle(["sleep", "1000"]);
        RawShim shim = await Site.StartShimAsync(bundle);
        RawTask task = await shim.CreateAsync(bundle, request =>
        {
            request.Rootfs.Add(Root());
            request.Rootfs.Add(new Mount { Type = "tmpfs", Source = "tmpfs", Target = "/mnt" });
            request.Rootfs.Add(new Mount { Type = "tmpfs", Source = "tmpfs", Target = "/mnt" });
        });
        string deeper = bundle.PathOf("rootfs/mnt/deeper");

        // Where the shim is: what it mounts is seen there.
        (await Command.RunAsync(
            "nsenter", ["--target", $"{shim.Pid}", "--mount", "sh", "-c", $"mkdir {deeper} && mount -t tmpfs by-others {deeper}"])).EnsureSuccess();
        await task.StartAsync();

        await task.KillAndDeleteAsync();

        await Site.AssertNothingIsLeftAsync(shim);
    }

    private static Mount Root() => new() { Type = "bind", Source = TestPaths.Rootfs, Options = { "rbind" } };

    private TestBundle Bundle(IReadOnlyList<string> args) => Site.NewBundle(new BundleOptions { Args = args, MountsRootfs = false });

    private string Make(string name) => Directory.CreateDirectory(Path.Combine(Site.Directory, name)).FullName;

    /// <summary>What a container with a root file system of these mounts prints. Nothing of it is left.</summary>
    private async Task<string> OutputAsync(IReadOnlyList<string> args, params Mount[] mounts)
    {
        TestBundle bundle = Bundle(args);
        using TestStdio stdio = TestStdio.Create(bundle.PathOf("io"), stdout: true, stderr: true);
        RawShim shim = await Site.StartShimAsync(bundle);
        FifoReader reader = stdio.Read(stdio.Stdout);
        stdio.Read(stdio.Stderr);
        RawTask task = await shim.CreateAsync(bundle, request => request.Rootfs.Add(mounts), stdio);
        await task.StartAsync();
        await task.WaitAsync();
        await task.DeleteAsync();
        await Site.AssertNothingIsLeftAsync(shim);
        return await reader.TextAsync();
    }
}
