using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Cgroups;
using ContainerShim.Sdk.Processes;
using ContainerShim.Sdk.Runc;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tests.Cgroups;
using ContainerShim.Sdk.Tests.Linux;
using Microsoft.Extensions.Time.Testing;

namespace ContainerShim.Sdk.Tests.Runc;

internal sealed class AbandonedCgroupTests
{
    private TempDirectory _bundle = null!;
    private TemporaryTree _tree = null!;

    [SetUp]
    public void SetUp()
    {
        _bundle = new TempDirectory();
        _tree = new TemporaryTree();
    }

    [TearDown]
    public void TearDown()
    {
        _tree.Dispose();
        _bundle.Dispose();
    }

    /// <summary>Needs root and a hierarchy of v1.</summary>
    [Test]
    public async Task ForcedDelete_AfterACreateThatDiedInItsCgroup_WaitsForTheHalfMadeProcessAndRemovesIt()
    {
        string[] directories = [.. new[] { "memory", "pids" }.Select(controller => $"/sys/fs/cgroup/{controller}/{Path.GetFileName(_bundle.Path)}")];
        string runtime = _bundle.Script("runtime", $"""
            case "$*" in *" create "*) mkdir {string.Join(' ', directories)}; kill -KILL $$ ;; esac
            """);
        Write("/" + Path.GetFileName(_bundle.Path));
        RuntimeContainer container = Container with { Options = new() { BinaryName = runtime, Root = _bundle["state"] } };
        using OsFixture os = new();
        RuncRuntime runc = new(new RuncRuntimeOptions(), os.Spawner, TimeProvider.System);
        Assert.That(() => runc.CreateAsync(container, RuntimeStdio.None), Throws.TypeOf<ShimException>());
        Assert.That(directories, Is.All.Matches<string>(Directory.Exists), "as runc leaves them");

        using IProcessWatch half = os.StartShell($"echo $$ >{directories[0]}/cgroup.procs; exec sleep 1000");
        await OsFixture.UntilAsync(() => File.ReadAllText(directories[0] + "/cgroup.procs").Length > 0);
        Task deletion = runc.DeleteAsync(container, force: true);
        await OsFixture.UntilAsync(() => !Directory.Exists(directories[1]));
        half.Signal(9);
        await deletion;
        Assert.That(directories, Has.None.Matches<string>(Directory.Exists));
    }

    [TestCase("/own/c1", "/sys/fs/cgroup/own/c1")]
    [TestCase("below/c1", "/sys/fs/cgroup/user.slice/below/c1")]
    [TestCase("", "/sys/fs/cgroup/user.slice/c1")]
    public async Task Remove_V2_FindsItWhereRuncPutsIt(string path, string directory)
    {
        _tree.Write("/proc/self/mountinfo", "34 25 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n").Write("/proc/self/cgroup", "0::/user.slice/me\n");
        await RemovesAsync(path, directory);
    }

    [TestCase("/own/c1", "/sys/fs/cgroup/memory/own/c1")]
    [TestCase("below/c1", "/sys/fs/cgroup/memory/me/below/c1")]
    [TestCase("", "/sys/fs/cgroup/memory/me/c1")]
    public async Task Remove_V1_FindsItWhereRuncPutsIt(string path, string directory)
    {
        _tree.Write("/proc/self/mountinfo", "34 25 0:29 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n").Write("/proc/self/cgroup", "4:memory:/me\n0::/\n");
        await RemovesAsync(path, directory);
    }

    /// <summary>crun's restore begins in one of its own, <c>.proxy-crun</c>, and leaves it when it fails.</summary>
    [Test]
    public async Task Remove_CgroupsInIt_GoToo()
    {
        _tree.Write("/proc/self/mountinfo", "34 25 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        Directory.CreateDirectory(_tree.Path("/sys/fs/cgroup/own/c1/.proxy/inner"));
        await RemovesAsync("/own/c1", "/sys/fs/cgroup/own/c1");
    }

    [Test]
    public async Task Remove_SomebodyIsInIt_IsGivenUp()
    {
        _tree.Write("/proc/self/mountinfo", "34 25 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n").Write("/sys/fs/cgroup/own/c1/inner", "");
        FakeTimeProvider time = new();
        Task removal = RemoveAsync("/own/c1", time);
        while (!removal.IsCompleted)
        {
            time.Advance(TimeSpan.FromMilliseconds(50));
            await Task.Yield();
        }

        await removal;
        Assert.That(File.Exists(_tree.Path("/sys/fs/cgroup/own/c1/inner")));
    }

    [Test]
    public async Task Remove_PathThatLeavesTheHierarchy_TouchesNothing()
    {
        _tree.Write("/proc/self/mountinfo", "34 25 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n");
        Directory.CreateDirectory(_tree.Path("/sys/fs/else"));
        await RemoveAsync("/../else", TimeProvider.System);
        Assert.That(Directory.Exists(_tree.Path("/sys/fs/else")));
    }

    private RuntimeContainer Container => new() { Id = "c1", Bundle = _bundle.Path, ContainerdNamespace = "test" };

    private async Task RemovesAsync(string path, string directory)
    {
        Directory.CreateDirectory(_tree.Path(directory));
        await RemoveAsync(path, TimeProvider.System);
        Assert.That(Directory.Exists(_tree.Path(directory)), Is.False);
        Assert.That(Directory.Exists(_tree.Path(Path.GetDirectoryName(directory)!)), "what is above is not the container's");
    }

    private Task RemoveAsync(string path, TimeProvider time)
    {
        Write(path);
        return new AbandonedCgroup(new HostFiles(_tree.Root), new BundleStore(), time).RemoveAsync(Container, CancellationToken.None);
    }

    private void Write(string path) =>
        _bundle.Write("config.json", path.Length == 0 ? "{}" : $$"""{"linux":{"namespaces":[{"type":"pid"}],"cgroupsPath":"{{path}}","seccomp":{} } }""");
}
