using ContainerShim.Sdk.Bundles;
using ContainerShim.Sdk.Integration.Tests.Harness;
using ContainerShim.Sdk.Runtimes;
using ContainerShim.Sdk.Tasks;

namespace ContainerShim.Sdk.Integration.Tests.Embedding;

/// <summary>Containers side by side: of engines that have the same namespace, of one bundle, beside those of others.</summary>
public sealed class NeighbourTests : EmbeddingFixture
{
    private const string Web = "web";

    [TestCase(NamespaceKind.Pid)]
    [TestCase(NamespaceKind.Ipc)]
    public async Task Containers_OfOneIdInTwoEnginesOfOneNamespace_HaveNothingInCommon(NamespaceKind shared)
    {
        await using ContainerShimEngine other = Site.NewEngine();
        ShimContainer a = await RunAsync(
            EmbeddedSite.Shell("sleep 1000").ShareNamespace(shared).WithLimits(new ResourceLimits { Memory = 64L << 20 }), id: Web);
        ShimContainer b = await other.CreateContainerAsync(Web, EmbeddedSite.Shell("sleep 1000").WithLimits(new ResourceLimits { Memory = 32L << 20 }));
        await b.StartAsync();

        Assert.That((await a.PidsAsync()).Select(process => process.Pid), Does.Contain(a.Pid).And.None.EqualTo(b.Pid));
        Assert.That((await a.StatsAsync()).Memory.Limit, Is.EqualTo(64L << 20));
        await a.UpdateAsync(new ResourceLimits { Memory = 48L << 20 });
        Assert.That((await b.StatsAsync()).Memory.Limit, Is.EqualTo(32L << 20));
        await a.PauseAsync();
        Assert.That((await b.RunAsync(new ExecOptions { Args = ["echo", "here"] })).OutputText, Is.EqualTo("here\n"));

        await a.RemoveAsync();
        await Engine.DisposeAsync();
        Assert.That((b.Status, ProcFs.IsAlive(b.Pid)), Is.EqualTo((ContainerStatus.Running, true)));
        Assert.That((await b.RunAsync(new ExecOptions { Args = ["echo", "still"] })).OutputText, Is.EqualTo("still\n"));
        await other.DisposeAsync();
        Assert.That(Site.Leftovers, Is.Empty);
    }

    [Test]
    public async Task Container_InACgroupWhereSomebodyIs_IsRefusedBeforeTheRuntimeIsCalled()
    {
        await using ContainerShimEngine other = Site.NewEngine();
        string cgroup = $"/{Site.Namespace}/{Web}";
        ShimContainer theirs = await other.CreateContainerAsync(Web, EmbeddedSite.Shell("sleep 1000").WithCgroupsPath(cgroup));
        await theirs.StartAsync();

        ShimException? refusal = await Assert.ThrowsAsync<ShimException>(() => Engine.CreateContainerAsync(Web, EmbeddedSite.Shell("sleep 1000").WithCgroupsPath(cgroup)));

        Assert.That(refusal!.Code, Is.EqualTo(ShimErrorCode.FailedPrecondition));
        Assert.That(refusal.Message, Does.StartWith($"cgroup {cgroup} is in use: there are processes in /sys/fs/cgroup/"));
        Assert.That(Engine.Containers, Is.Empty);
        Assert.That((theirs.Status, ProcFs.IsAlive(theirs.Pid)), Is.EqualTo((ContainerStatus.Running, true)));
        await theirs.RemoveAsync();
        Assert.That((await RunAsync(EmbeddedSite.Shell("sleep 1000").WithCgroupsPath(cgroup), id: Web)).Status, Is.EqualTo(ContainerStatus.Running));
    }

    [Test]
    public async Task Bundle_OfSeveralContainersAtOnce_IsForOneAlone()
    {
        string bundle = Path.Combine(Site.Directory, "bundle");
        EmbeddedSite.Shell("sleep 1000").WriteTo(bundle);
        Task<ShimContainer>[] creations = [.. Enumerable.Range(0, 6).Select(index => Engine.CreateContainerAsync($"c{index}", bundle))];
        await Task.WhenAny(Task.WhenAll(creations), Task.Delay(EmbeddedSite.Bound));

        ShimContainer made = creations.Single(creation => creation.IsCompletedSuccessfully).Result;
        Assert.That(
            creations.Where(creation => creation.IsFaulted).Select(creation => creation.Exception!.InnerException!.Message),
            Has.Exactly(5).EqualTo($"bundle {bundle} is in use by container {made.Id}: failed precondition"));
        await made.StartAsync();
        ShimProcess init = await made.ExecAsync(new ExecOptions { Args = ["sh", "-c", "exit 7"], ExecId = "init" });
        Assert.That((await init.WaitAsync().WaitAsync(EmbeddedSite.Bound)).ExitCode, Is.EqualTo(7));
        Assert.That(ProcFs.IsAlive(made.Pid));

        await made.RemoveAsync();
        ShimContainer next = await Engine.CreateContainerAsync("next", bundle);
        Assert.That(next.Status, Is.EqualTo(ContainerStatus.Created));
    }

    [Test]
    public async Task RuntimeOptions_OfOneContainer_LeaveItInTheEnginesDirectory()
    {
        ShimContainer container = await Engine.CreateContainerAsync(
            "c1",
            new ContainerCreateOptions { Bundle = EmbeddedSite.Shell("sleep 1000"), RuntimeOptions = new RuntimeOptions { NoNewKeyring = true } });

        Assert.That(Directory.Exists($"/run/containerd/runc/{Site.Namespace}"), Is.False);
        Assert.That(File.Exists(Path.Combine(Site.StateDirectory + "0", "runtime", Site.Namespace, container.Id, "state.json")));
    }

    [Test]
    public async Task RuntimeOptions_ForSystemdOfOneContainer_NameTheCgroupAsSystemdDoes()
    {
        // Without systemd the runtime fails; what it was given is in the bundle.
        string seen = Path.Combine(Site.Directory, "seen");
        string runtime = Path.Combine(Site.Directory, "runtime");
        await File.WriteAllTextAsync(runtime, $"#!/bin/sh\n[ -e {seen} ] || cp config.json {seen}\nexit 1\n");
        File.SetUnixFileMode(runtime, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        ContainerCreateOptions options = new()
        {
            Bundle = EmbeddedSite.Shell("sleep 1000"),
            RuntimeOptions = new RuntimeOptions { SystemdCgroup = true, BinaryName = runtime },
        };

        await Assert.ThrowsAsync<ShimException>(() => Engine.CreateContainerAsync("c1", options));

        Assert.That(await File.ReadAllTextAsync(seen), Does.Match($"\"cgroupsPath\": \":{Site.Namespace}-[0-9a-f]{{8}}:c1\""));
    }

    [Test]
    public async Task Container_OfTheLongestId_IsRun()
    {
        string id = new string('a', 60) + "-bcdefghijklmnop";
        ShimContainer container = await RunAsync(EmbeddedSite.Shell("hostname"), ContainerStdio.OutputStreams, id);
        Assert.That(await EmbeddedSite.ReadAllAsync(container.StandardOutput), Is.EqualTo(id[..64] + "\n"));
    }

    [Test]
    public async Task Container_WithAnotherMountOnDev_HasWhatIsBelow()
    {
        ShimContainer container = await RunAsync(
            EmbeddedSite.Shell("grep -c ' /dev/pts \\| /dev/shm \\| /dev/mqueue ' /proc/mounts; ls -d /dev/null").AddMount("tmpfs", "/dev", "tmpfs", "nosuid", "mode=755"),
            ContainerStdio.OutputStreams);
        Assert.That(await EmbeddedSite.ReadAllAsync(container.StandardOutput), Is.EqualTo("3\n/dev/null\n"));
    }

    /// <summary>A host that was killed before it called the runtime: the id says nothing of whose the container is.</summary>
    [Test]
    public async Task Adopt_OfWhatTheRuntimeWasNotCalledFor_LeavesContainersOfContainerdAlone()
    {
        string theirs = Path.Combine(Site.Directory, "theirs");
        EmbeddedSite.Shell("sleep 1000").WithCgroupsPath($"/{Site.Namespace}/{Web}").WriteTo(theirs);
        string root = $"/run/containerd/runc/{Site.Namespace}";
        try
        {
            // The container would keep the test's pipes.
            string run = $"exec runc --root {root} run --detach --bundle {theirs} --pid-file {theirs}/pid {Web} </dev/null >/dev/null 2>&1";
            (await Command.RunAsync("sh", ["-c", run])).EnsureSuccess();
            int pid = int.Parse(await File.ReadAllTextAsync(theirs + "/pid"));
            string state = Site.StateDirectory + "1";
            string bundle = Path.Combine(state, "bundles", Site.Namespace, Web + "-AbCdEf");
            EmbeddedSite.Shell("sleep 1000").WriteTo(bundle);
            string records = Path.Combine(state, "containers", Site.Namespace, Web);
            Directory.CreateDirectory(records);
            await File.WriteAllTextAsync(
                Path.Combine(records, "container.json"),
                $$"""{"id":"{{Web}}","phase":0,"pid":0,"start_time":0,"boot":"","stdin":"","stdout":"","stderr":"","terminal":false,"bundle":"{{bundle}}","has_mounts":false,"oom_kills":0}""");
            ContainerShimEngine engine = Site.NewEngine(options => options.StateDirectory = state);

            Assert.That(await engine.AdoptAsync(), Is.Empty);

            Assert.That(ProcFs.IsAlive(pid));
            Assert.That((Directory.Exists(records), Directory.Exists(bundle)), Is.EqualTo((false, false)));
        }
        finally
        {
            await Command.RunAsync("runc", ["--root", root, "delete", "--force", Web]);
            Directory.Delete(root);
        }
    }
}
